// `natter import`: what another server has in its MongoDB, into standalone's data and into a MongoDB of Natter's.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { before, describe, test } from 'node:test';

import { ok, request } from './harness/http.mjs';
import { ALL_IN, Importing, NOT_ALL_IN, counted, login, serving } from './harness/importing.mjs';
import { minute, oid, oldDirect, oldGroup, oldMessage, oldSnakeMessage, oldUser } from './harness/mongoose.mjs';
import { runBinary } from './harness/natter.mjs';

const hex = (sort, n) => oid(sort, n).toHexString();
const iso = (n) => minute(n).toISOString();

const importing = new Importing();

const history = async (person, conversation, more = '') => ok(await person.get(`/api/conversations/${hex(2, conversation)}/messages?after=0&limit=100${more}`)).items;

/** Two talk, three are in a group; one conversation of each dialect's servers. */
const GOOD = {
  users: [oldUser(1), oldUser(2, { lastSeen: minute(500) }), oldUser(3, { username: undefined, blockedUsers: [oid(1, 2)] })],
  conversations: [oldDirect(1, [1, 2]), oldGroup(2, [2, 1, 3])],
  messages: [
    // Not in order of ids, and two at the same time.
    oldMessage(3, 1, 1, { status: 'delivered' }),
    oldMessage(1, 1, 1),
    oldMessage(2, 1, 2, { replyTo: oid(3, 1) }),
    oldMessage(5, 1, 1, { createdAt: minute(104), status: 'sent', text: 'late' }),
    oldMessage(4, 1, 1, { createdAt: minute(104), status: 'sent', media: [{ url: 'https://old.example/uploads/a.png', type: 'image', filename: 'a.png', size: 7 }], messageType: 'image', text: undefined }),
    oldSnakeMessage(6, 2, 2, { readBy: [{ user: oid(1, 1), readAt: minute(200) }] }),
    oldSnakeMessage(7, 2, 1, { readBy: [oid(1, 3)], messageType: 'audio', content: '', file: { url: '/uploads/b.mp3', filename: 'b.mp3', size: 9, mimetype: 'audio/mpeg', messageType: 'audio' } }),
    oldSnakeMessage(8, 2, 3, { isDeleted: true }),
    oldSnakeMessage(9, 2, 3),
  ],
};

describe('into standalone', () => {
  let old;
  const dataDir = () => old.dataDir;
  before(async () => {
    old = { ...(await importing.old(GOOD)), dataDir: importing.dataDirectory() };
  });
  const run = (args = []) => importing.run(old, { dataDir: dataDir(), args });

  test('a dry run says what would come of it, and brings nothing in', async () => {
    const expected = { users: counted(3, { new: 3 }), conversations: counted(2, { new: 2 }), messages: counted(9, { new: 9 }) };
    for (let time = 0; time < 2; time += 1) {
      const { code, counts, output } = await run(['--dry-run']);
      assert.equal(code, ALL_IN, output);
      assert.deepEqual(counts, expected);
    }
  });

  test('all is in, and a second time changes nothing', async () => {
    const first = await run();
    assert.equal(first.code, ALL_IN, first.output);
    assert.deepEqual(first.counts, { users: counted(3, { new: 3 }), conversations: counted(2, { new: 2 }), messages: counted(9, { new: 9 }) });
    assert.deepEqual(first.report, []);
    for (const args of [[], ['--dry-run']]) {
      const again = await run(args);
      assert.equal(again.code, ALL_IN, again.output);
      assert.deepEqual(again.counts, { users: counted(3, { there: 3 }), conversations: counted(2, { there: 2 }), messages: counted(9, { there: 9 }) });
    }
  });

  test('clients of both dialects find it as it was', () => serving(dataDir(), async (server) => {
    const [one, two] = [await login(server, 'user1'), await login(server, 'user2@example.org')];
    // Who had no username has the address's.
    const three = await login(server, 'user3');
    assert.deepEqual([one.id, two.id, three.id], [hex(1, 1), hex(1, 2), hex(1, 3)]);
    const me = ok(await one.get('/api/users/me'));
    assert.deepEqual(me, { _id: hex(1, 1), username: 'user1', name: 'User 1', email: 'user1@example.org', profileImage: 'https://old.example/uploads/1.png', createdAt: iso(1) });
    assert.equal(ok(await one.get(`/api/users/${two.id}`)).lastSeen, iso(500));
    assert.deepEqual(ok(await three.get('/api/users/blocked')).items.map(({ _id }) => _id), [two.id]);

    const direct = await history(one, 1);
    assert.deepEqual(direct.map(({ _id, seq, status, createdAt }) => [_id, seq, status, createdAt]), [
      [hex(3, 1), 1, 'read', iso(101)], [hex(3, 2), 2, 'read', iso(102)], [hex(3, 3), 3, 'delivered', iso(103)],
      [hex(3, 4), 4, 'sent', iso(104)], [hex(3, 5), 5, 'sent', iso(104)],
    ]);
    assert.equal(direct[1].replyTo._id, hex(3, 1));
    assert.deepEqual(direct[3].media, [{ url: 'https://old.example/uploads/a.png', type: 'image', filename: 'a.png', size: 7 }]);

    const group = await history(two, 2, '&dialect=snake');
    // What is deleted counts as read by those who have read what is around it.
    assert.equal(group[2].deleted, true);
    assert.deepEqual(group.filter(({ deleted }) => !deleted).map(({ _id, status, readBy }) => [_id, status, readBy]), [
      [hex(3, 6), 'read', [{ user: one.id, readAt: iso(200) }]], [hex(3, 7), 'read', [{ user: three.id, readAt: iso(107) }]], [hex(3, 9), 'sent', []],
    ]);
    assert.deepEqual(group[1].file, { url: '/uploads/b.mp3', filename: 'b.mp3', size: 9, mimetype: 'audio/mpeg' });
    assert.deepEqual((await history(two, 2)).map(({ messageType }) => messageType), ['text', 'file', 'text', 'text']);

    const lists = {};
    for (const each of [one, two, three]) {
      lists[each.username] = ok(await each.get('/api/conversations')).items.map(({ _id, unreadCount, lastMessage }) => [_id, unreadCount, lastMessage.timestamp]);
    }
    assert.deepEqual(lists, {
      user1: [[hex(2, 2), 1, iso(109)], [hex(2, 1), 0, iso(104)]],
      user2: [[hex(2, 2), 2, iso(109)], [hex(2, 1), 3, iso(104)]],
      user3: [[hex(2, 2), 1, iso(109)]],
    });
    const shown = ok(await one.get(`/api/conversations/${hex(2, 2)}`));
    assert.deepEqual([shown.type, shown.name, shown.groupImage, shown.createdAt], ['group', 'Group 2', '/uploads/group2.png', iso(2)]);
    assert.deepEqual(shown.participants.map(({ _id, role }) => [_id, role]), [[two.id, 'admin'], [one.id, 'member'], [three.id, 'member']]);
    assert.deepEqual(ok(await one.get('/api/messages/search?q=late')).items.map(({ _id }) => _id), [hex(3, 5)]);

    // It goes on from here, in both dialects.
    const [colon, snake] = [await one.join(hex(2, 1)), await two.connect({ auth: { dialect: 'snake' } })];
    const ack = await colon.must('send:message', { conversationId: hex(2, 1), text: 'from Natter' });
    assert.equal(ack.seq, 6);
    assert.equal((await snake.next('new_message')).message.content, 'from Natter');
    await colon.next('message:delivered', ({ messageId }) => messageId === hex(3, 5));
  }));

  test('what the old server got meanwhile comes after what Natter got', async () => {
    const more = [oldMessage(20, 1, 2, { status: 'sent', createdAt: minute(105) }), oldMessage(21, 1, 1, { status: 'read' }), oldSnakeMessage(22, 2, 1, { readBy: [oid(1, 2)] })];
    await old.db.collection('messages').insertMany(more);
    const { code, counts } = await run();
    assert.equal(code, ALL_IN);
    assert.deepEqual(counts.messages, counted(12, { there: 9, new: 3 }));
    await serving(dataDir(), async (server) => {
      const one = await login(server, 'user1');
      const direct = await history(one, 1);
      assert.deepEqual(direct.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7, 8]);
      assert.deepEqual(direct.slice(5).map(({ _id, text, createdAt }) => [text, createdAt === iso(105) || _id]), [['from Natter', direct[5]._id], ['message 20', true], ['message 21', hex(3, 21)]]);
      // Of Natter's own message nobody said that it was read.
      assert.equal(direct[5].status, 'delivered');
      assert.equal(direct[7].status, 'read');
    });
  });

  test('while Natter runs on it, it is refused', () => serving(dataDir(), async () => {
    const { code, output } = await runBinary(['import', '--from', old.url, '--data-dir', dataDir()]);
    assert.equal(code, 1);
    assert.match(output, /in use by another process/);
  }));
});

describe('what is faulty', () => {
  const users = [
    oldUser(1), oldUser(2), oldUser(3, { username: 'USER1', email: 'user1@EXAMPLE.org' }), oldUser(4, { password: 'hunter2' }),
    oldUser(5, { createdAt: 'yesterday' }), { ...oldUser(6), _id: 'user6' }, oldUser(7, { email: 'nobody' }), oldUser(8, { blockedUsers: [oid(1, 99)] }),
  ];
  const conversations = [
    oldDirect(1, [1, 2]), oldGroup(2, [1, 2, 99]), oldDirect(3, [1, 99]), oldDirect(4, [2, 1]), oldDirect(5, [1, 3], { type: 'broadcast' }),
    oldGroup(6, [99]), oldDirect(7, [1, 3], { participants: 'nobody' }),
  ];
  const messages = [
    oldMessage(1, 1, 1), oldMessage(2, 1, 99), oldMessage(3, 99, 1), oldMessage(4, 1, 1, { messageType: 'poll' }), oldMessage(5, 1, 1, { createdAt: 'soon' }),
    oldMessage(6, 1, 1, { text: 'x'.repeat(10_001) }), oldMessage(7, 1, 1, { messageType: 'file', text: '', media: [{ filename: 'a' }] }), oldMessage(8, 1, 1, { text: '  ' }),
    oldMessage(9, 4, 2), oldMessage(10, 1, 1, { replyTo: oid(3, 11) }), oldMessage(11, 2, 1), oldMessage(12, 3, 1), { ...oldMessage(13, 1, 1), _id: 13 },
    oldMessage(14, 1, 1, { senderId: undefined }), oldMessage(15, 1, 1, { conversationId: 'nowhere' }), oldMessage(16, 1, 2, { clientMessageId: 'c' }), oldMessage(17, 1, 2, { clientMessageId: 'c' }),
    oldMessage(18, 1, 1, { media: [{ url: 'javascript:alert(1)', type: 'image' }] }),
  ];
  let old;
  before(async () => { old = { ...(await importing.old({ users, conversations, messages })), dataDir: importing.dataDirectory() }; });

  test('is reported with its reason, and stops nothing', async () => {
    const dry = await importing.run(old, { dataDir: old.dataDir, args: ['--dry-run'] });
    const { code, report, counts, output } = await importing.run(old, { dataDir: old.dataDir });
    assert.deepEqual([code, dry.code], [NOT_ALL_IN, NOT_ALL_IN], output);
    assert.deepEqual(counts, {
      users: counted(8, { new: 6, changed: 4, leftOut: 2 }),
      conversations: counted(7, { new: 2, changed: 1, merged: 1, leftOut: 4 }),
      messages: counted(18, { new: 6, changed: 2, leftOut: 12 }),
    });
    const told = {};
    for (const entry of report) (told[`${entry.collection} ${entry._id}`] ??= []).push(entry);
    const expected = [
      ['users', 3, 'changed', /somebody else has the email.*/, /somebody else has the username: it is USER1-000003 now/],
      ['users', 4, 'changed', /no hash of bcrypt or argon2/], ['users', 5, 'left out', /createdAt is no time/], ['users', 'user6', 'left out', /_id is no ObjectId/],
      ['users', 7, 'changed', /email is no address/], ['users', 8, 'changed', /a block between/],
      ['conversations', 2, 'changed', /no participant 65e1a0/], ['conversations', 3, 'left out', /no participant/], ['conversations', 4, 'merged', new RegExp(hex(2, 1))],
      ['conversations', 5, 'left out', /type is none/], ['conversations', 6, 'left out', /none of the participants/], ['conversations', 7, 'left out', /no list/],
      ['messages', 2, 'left out', /no sender/], ['messages', 3, 'left out', /conversation .* is not there/], ['messages', 4, 'left out', /messageType/],
      ['messages', 5, 'left out', /createdAt is no time/], ['messages', 6, 'left out', /longer than 10000/], ['messages', 7, 'left out', /no url/],
      ['messages', 8, 'left out', /neither text nor a file/], ['messages', 10, 'changed', /is not in the conversation/], ['messages', 12, 'left out', /is not there/],
      ['messages', '13', 'left out', /_id is no ObjectId/], ['messages', 14, 'left out', /no sender/], ['messages', 15, 'left out', /no conversation/],
      ['messages', 17, 'changed', /clientMessageId/], ['messages', 18, 'left out', /no http\(s\) URL/],
    ];
    const sorts = { users: 1, conversations: 2, messages: 3 };
    for (const [collection, n, action, ...reasons] of expected) {
      const key = `${collection} ${typeof n === 'number' ? hex(sorts[collection], n) : n}`;
      const entries = told[key] ?? [];
      delete told[key];
      assert.deepEqual(entries.map((entry) => entry.action), reasons.map(() => action), `${key}: ${JSON.stringify(entries)}`);
      for (const reason of reasons) assert.ok(entries.some((entry) => reason.test(entry.reason)), `${key}: ${reason} in ${JSON.stringify(entries)}`);
      for (const entry of entries) assert.ok(output.includes(`${action}: ${collection} ${entry._id}: ${entry.reason}`));
    }
    assert.deepEqual(told, {});
    assert.ok(!output.includes('hunter2'));
    // But for what only the store sees, a dry run says the same.
    const withoutStore = (entries) => entries.filter(({ reason }) => !/clientMessageId/.test(reason)).map((entry) => JSON.stringify(entry)).sort();
    assert.deepEqual(withoutStore(dry.report), withoutStore(report));
    const again = await importing.run(old, { dataDir: old.dataDir });
    assert.deepEqual(again.counts.messages, counted(18, { there: 6, leftOut: 12 }));
    assert.equal(again.counts.users.new + again.counts.conversations.new, 0);
  });

  test('two conversations of a pair are one, in order of time', () => serving(old.dataDir, async (server) => {
    const one = await login(server, 'user1');
    assert.deepEqual((await history(one, 1)).map(({ _id, seq }) => [_id, seq]), [[hex(3, 1), 1], [hex(3, 9), 2], [hex(3, 10), 3], [hex(3, 16), 4], [hex(3, 17), 5]]);
    assert.equal((await login(server, 'USER1-000003')).id, hex(1, 3));
    const refused = await request(server.url(), 'POST', '/api/auth/login', { body: { username: 'user4', password: 'hunter2' } });
    assert.deepEqual([refused.status, refused.error], [401, 'Invalid credentials']);
  }));
});

describe('into a MongoDB', () => {
  test('all is in, in order, and a second time changes nothing', async () => {
    const old = await importing.old(GOOD);
    const own = importing.database();
    const env = { NATTER_MONGODB__URL: own.url };
    const everything = async () => {
      const found = {};
      for (const collection of ['users', 'conversations', 'messages', 'watermarks', 'deliveries', 'blocks']) {
        found[collection] = await own.db.collection(collection).find().sort({ _id: 1 }).toArray();
      }
      return found;
    };
    const first = await importing.run(old, { env });
    assert.equal(first.code, ALL_IN, first.output);
    const stored = await everything();
    assert.deepEqual(stored.users.map(({ _id }) => _id.toHexString()), [1, 2, 3].map((n) => hex(1, n)));
    const direct = stored.messages.filter(({ conversationId }) => conversationId.equals(oid(2, 1))).sort((a, b) => a.seq - b.seq);
    assert.deepEqual(direct.map(({ _id, seq, createdAt }) => [_id.toHexString(), seq, createdAt.toISOString()]), [
      [hex(3, 1), 1, iso(101)], [hex(3, 2), 2, iso(102)], [hex(3, 3), 3, iso(103)], [hex(3, 4), 4, iso(104)], [hex(3, 5), 5, iso(104)],
    ].map(([id, seq, at]) => [id, Number(seq), at]));
    assert.deepEqual(stored.conversations.map(({ activeAt }) => activeAt.toISOString()), [iso(104), iso(109)]);
    const again = await importing.run(old, { env });
    assert.equal(again.code, ALL_IN, again.output);
    assert.deepEqual(again.counts.messages, counted(9, { there: 9 }));
    assert.deepEqual(await everything(), stored);
  });

  test('its own database is refused, and so is a URL that names none', async () => {
    const own = await runBinary(['import', '--from', importing.mongo.url], { env: { NATTER_MONGODB__URL: importing.mongo.url } });
    assert.equal(own.code, 1);
    assert.match(own.output, /the database of Natter itself/);
    const none = await runBinary(['import', '--from', importing.mongo.url.replace('/natter?', '/?'), '--data-dir', importing.dataDirectory()]);
    assert.equal(none.code, 1);
    assert.match(none.output, /names no database/);
    assert.deepEqual((await readdir(importing.directory)).filter((file) => file === 'natter-data'), []);
  });
});
