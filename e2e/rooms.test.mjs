// Joining, leaving, and catching up without a gap or a duplicate (contract, sections 3 and 6).

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { crowd, groupId, pair, people, say, strangeId } from './harness/people.mjs';
import { byId, keys } from './harness/shapes.mjs';
import { times, until } from './harness/wait.mjs';

const server = sharedServer();
const CHANGES = ['new:message', 'message:updated', 'message:deleted'];
const changes = (socket) => socket.log.filter(({ event }) => CHANGES.includes(event))
  .map(({ event, payload }) => ({ event, id: payload.message?._id ?? payload.messageId, rev: payload.message?.rev ?? payload.rev, message: payload.message }));

describe('join:conversation', () => {
  test('answers where the conversation stands', async () => {
    const { a, id, sa } = await pair(server);
    const { messageId } = await say(sa, id, 'one');
    await sa.must('message:edit', { messageId, text: 'uno' });
    const client = await a.connect();
    const ack = await client.must('join:conversation', { conversationId: id });
    assert.deepEqual(ack, { success: true, rev: 2, lastSeq: 1 });
    assert.deepEqual(await client.must('join:conversation', { conversationId: id }), ack, 'joining twice is harmless');
    await say(sa, id, 'two');
    await client.next('new:message');
    const marker = await say(sa, id, 'three');
    await client.next('new:message', byId(marker.messageId));
    assert.equal(client.seen('new:message').length, 2, 'and doubles nothing');
  });

  test('without afterRev nothing of the past comes', async () => {
    const { a, id, sa } = await pair(server);
    await say(sa, id, 'past');
    const client = await a.join(id);
    const marker = await say(sa, id, 'marker');
    await client.next('new:message', byId(marker.messageId));
    assert.equal(client.seen('new:message').length, 1);
  });

  test('is refused where it must be', async () => {
    const { id } = await pair(server);
    const { sa: stranger } = await pair(server);
    await stranger.refused('join:conversation', { conversationId: strangeId() }, 'NOT_FOUND', 'Conversation not found');
    for (const bad of ['', '*', '>', 'natter.v1.>', `${id}.x`, id.toUpperCase() === id ? 'x' : `${id}x`]) {
      await stranger.refused('join:conversation', { conversationId: bad }, 'NOT_FOUND', 'Conversation not found');
    }
    await stranger.refused('join:conversation', { conversationId: id }, 'FORBIDDEN', 'Not authorized to join this conversation');
    for (const bad of [undefined, null, 5, [], [id], { $ne: null }]) {
      await stranger.refused('join:conversation', { conversationId: bad }, 'VALIDATION', /^Invalid payload: conversationId: /);
    }
    for (const bad of ['1', -1, 1.5, [], {}]) {
      await stranger.refused('join:conversation', { conversationId: id, afterRev: bad }, 'VALIDATION', /^Invalid payload: afterRev: /);
    }
  });
});

test('a socket that has not joined, or has left, gets nothing of the room', async () => {
  const { b, id, sa, sb } = await pair(server);
  const outside = await b.connect();
  await sb.must('leave:conversation', { conversationId: id });
  const { messageId } = await say(sa, id, 'inside only');
  await sa.must('message:edit', { messageId, text: 'still' });
  await sb.must('join:conversation', { conversationId: id });
  const marker = await say(sa, id, 'marker');
  await sb.next('new:message', byId(marker.messageId));
  assert.deepEqual(changes(sb).map((each) => each.id), [marker.messageId]);
  await outside.must('join:conversation', { conversationId: id });
  const last = await say(sa, id, 'last');
  await outside.next('new:message', byId(last.messageId));
  assert.deepEqual(changes(outside).map((each) => each.id), [last.messageId]);
});

test('of many joins at once, what may not be joined is refused alone, answers keep the order, and all are live then', async () => {
  const [a, b] = await people(server, 2);
  const groups = await times(24, (index) => groupId([a, b], `group ${index}`));
  const sb = await b.connect();
  for (const id of groups) {
    await sb.must('join:conversation', { conversationId: id });
    for (const text of ['one', 'two', 'three']) await say(sb, id, text);
  }
  const sa = await a.connect();
  // Some bring what was missed, some bring nothing, some are done twice, and some name nothing.
  const asked = groups.flatMap((id, index) => [
    ...(index % 5 === 2 ? [{ conversationId: strangeId() }] : []),
    { conversationId: id, ...(index % 4 === 1 && { afterRev: 1 }) },
    ...(index % 7 === 3 ? [{ conversationId: id }] : []),
  ]);
  const answered = [];
  const acks = await Promise.all(asked.map(async (join, index) => {
    const ack = await sa.emit('join:conversation', join);
    answered.push({ ...join, index, before: sa.mark() });
    return ack;
  }));
  assert.deepEqual(answered.map(({ index }) => index), asked.map((_join, index) => index));
  acks.forEach((ack, index) => assert.deepEqual(ack, groups.includes(asked[index].conversationId)
    ? { success: true, rev: 3, lastSeq: 3 } : { success: false, error: 'Conversation not found', code: 'NOT_FOUND' }));
  const texts = (id, until) => changes({ log: sa.log.slice(0, until) }).filter(({ message }) => message.conversationId === id).map(({ message }) => message.text);
  for (const { conversationId, before } of answered.filter(({ afterRev }) => afterRev)) assert.deepEqual(texts(conversationId, before), ['two', 'three'], 'before the answer');
  await Promise.all(groups.map((id) => say(sb, id, 'four')));
  await until(() => sa.seen('new:message', ({ message }) => message.text === 'four').length >= groups.length, 'what is live');
  groups.forEach((id, index) => assert.deepEqual(texts(id), index % 4 === 1 ? ['two', 'three', 'four'] : ['four']));
});

test('many joins at once that bring more, together, than a socket has room for end with all of it', async () => {
  const [a, b] = await people(server, 2);
  const groups = await times(6, (index) => groupId([a, b], `group ${index}`));
  const sb = await b.connect();
  for (const id of groups) for (let part = 0; part < 5; part += 1) await times(50, (index) => say(sb, id, String(part * 50 + index)));
  const sa = await a.connect();
  await Promise.all(groups.map((conversationId) => sa.must('join:conversation', { conversationId, afterRev: 0 })));
  for (const id of groups) {
    const brought = sa.seen('new:message', ({ message }) => message.conversationId === id).map(({ message }) => message.rev);
    assert.deepEqual(brought, Array.from({ length: 250 }, (_, index) => index + 1));
  }
});

test('leaving what one has not joined is harmless', async () => {
  const { id, sa } = await pair(server);
  await sa.must('leave:conversation', { conversationId: id });
  await sa.must('leave:conversation', { conversationId: id });
  await sa.refused('leave:conversation', { conversationId: 5 }, 'VALIDATION', /^Invalid payload: conversationId: /);
});

describe('join with afterRev', () => {
  test('brings what changed since, once and as it is now, in order', async () => {
    const { b, id, sa, sb } = await pair(server);
    const [one, two] = [await say(sa, id, 'one'), await say(sa, id, 'two')];
    await sa.must('message:edit', { messageId: one.messageId, text: 'uno' });
    await sa.must('message:delete', { messageId: two.messageId });
    const three = await say(sa, id, 'three');
    await sb.must('message:react', { messageId: three.messageId, emoji: '👍' });
    const late = await b.connect();
    const ack = await late.must('join:conversation', { conversationId: id, afterRev: 2 });
    assert.deepEqual([ack.rev, ack.lastSeq], [6, 3]);
    await until(() => changes(late).length === 3, 'three changes');
    assert.deepEqual(changes(late).map(({ event, id: message, rev }) => [event, message, rev]), [
      ['message:updated', one.messageId, 3], ['message:deleted', two.messageId, 4], ['new:message', three.messageId, 6],
    ]);
    assert.equal(changes(late)[0].message.text, 'uno');
    assert.deepEqual(changes(late)[2].message.reactions.map(({ emoji }) => emoji), ['👍']);

    const later = await b.connect();
    await later.must('join:conversation', { conversationId: id, afterRev: 6 });
    const marker = await say(sa, id, 'marker');
    await later.next('new:message', byId(marker.messageId));
    assert.deepEqual(changes(later).map((each) => each.id), [marker.messageId]);
  });

  test('while others send: no gap, no duplicate, in order', async () => {
    const { members, id, sockets } = await crowd(server, 3);
    const writing = times(2, async (who) => {
      for (let index = 0; index < 100; index += 1) await say(sockets[who], id, `${who}:${index}`);
    });
    const joiners = [];
    for (let round = 0; round < 8; round += 1) {
      const from = round * 20;
      await until(() => sockets[2].seen('new:message').length >= from, `${from} messages`, 30_000);
      const joiner = await members[2].connect({ gateway: round });
      await joiner.must('join:conversation', { conversationId: id, afterRev: from });
      joiners.push({ joiner, from });
    }
    await writing;
    for (const { joiner, from } of joiners) {
      const expected = Array.from({ length: 200 - from }, (_, index) => from + index + 1);
      await until(() => changes(joiner).length >= expected.length, `${expected.length} changes`, 20_000);
      assert.deepEqual(changes(joiner).map(({ rev }) => rev), expected);
    }
  });

  test('300 changes are brought; 301 are RESYNC, nothing is joined, and sync then catches up', async () => {
    const { b, id, sa, sb } = await pair(server);
    await times(301, (index) => say(sa, id, String(index)));
    const client = await b.connect();
    const ack = await client.refused('join:conversation', { conversationId: id, afterRev: 0 }, 'RESYNC');
    assert.equal(ack.rev, undefined);
    const unheard = await say(sa, id, 'not for a socket outside');
    await sb.next('new:message', byId(unheard.messageId));
    let rev = 0;
    const seen = [];
    for (let hasMore = true; hasMore;) {
      const { conversations: [page] } = await client.must('sync', { cursors: [{ conversationId: id, rev }], limit: 100 });
      assert.ok(page.changes.length <= 100);
      seen.push(...page.changes.map(({ seq }) => seq));
      ({ rev, hasMore } = page);
    }
    assert.deepEqual(seen, Array.from({ length: 302 }, (_, index) => index + 1));
    client.none('new:message');
    await client.must('join:conversation', { conversationId: id, afterRev: 2 });
    await until(() => changes(client).length === 300, '300 changes');
    assert.deepEqual(changes(client).map((each) => each.rev), Array.from({ length: 300 }, (_, index) => index + 3));
  });
});

describe('sync', () => {
  const scene = async () => {
    const all = await pair(server);
    const { id, sa } = all;
    const one = await say(sa, id, 'one');
    const two = await say(sa, id, 'two');
    await sa.must('message:edit', { messageId: one.messageId, text: 'uno' });
    return { ...all, one, two };
  };

  test('by socket and by HTTP: what changed after rev, oldest change first', async () => {
    const { b, id, sb, one, two } = await scene();
    const cursors = [{ conversationId: id, rev: 1 }];
    // That b has a socket may be known only after the messages were sent: they are delivered then.
    const isDelivered = ({ conversations: [{ changes: all }] }) => all.every(({ status }) => status === 'delivered');
    let ack;
    await until(async () => isDelivered(ack = await sb.must('sync', { cursors })), 'delivered');
    assert.deepEqual(keys(ack), ['conversations', 'removed', 'success']);
    assert.deepEqual(ack.removed, []);
    const [page] = ack.conversations;
    assert.deepEqual(keys(page), ['changes', 'conversationId', 'hasMore', 'rev']);
    assert.deepEqual([page.conversationId, page.rev, page.hasMore], [id, 3, false]);
    assert.deepEqual(page.changes.map(({ _id, text, rev }) => [_id, text, rev]), [[two.messageId, 'two', 2], [one.messageId, 'uno', 3]]);
    const data = ok(await b.post('/api/sync', { cursors }), 200);
    assert.deepEqual(data, { conversations: ack.conversations, removed: [] });
  });

  test('several conversations, each with its limit', async () => {
    const { a, b, id } = await scene();
    const [c] = await people(server, 1);
    const other = ok(await a.post('/api/conversations', { type: 'group', name: 'g', participantIds: [b.id, c.id] }))._id;
    const socket = await a.connect();
    for (let index = 0; index < 3; index += 1) await say(socket, other, String(index));
    const { conversations } = await socket.must('sync', { cursors: [{ conversationId: id, rev: 0 }, { conversationId: other, rev: 0 }], limit: 1 });
    assert.equal(conversations.length, 2);
    for (const page of conversations) {
      assert.equal(page.changes.length, 1);
      assert.equal(page.hasMore, true);
      assert.equal(page.rev, page.changes[0].rev);
    }
  });

  test('conversations that are gone or not one\'s own any more are told as removed', async () => {
    const { members: [admin, member], id } = await crowd(server, 3);
    const { id: foreign } = await pair(server);
    const socket = await member.connect();
    ok(await admin.delete(`/api/conversations/${id}/participants/${member.id}`));
    const gone = strangeId();
    const { conversations, removed } = await socket.must('sync', { cursors: [id, foreign, gone].map((conversationId) => ({ conversationId, rev: 0 })) });
    assert.deepEqual(conversations, []);
    assert.deepEqual(removed.sort(), [id, foreign, gone].sort());
  });

  test('deleted messages are changes without their text', async () => {
    const { id, sa, sb, one } = await scene();
    await sa.must('message:delete', { messageId: one.messageId });
    const { conversations: [page] } = await sb.must('sync', { cursors: [{ conversationId: id, rev: 3 }] });
    assert.deepEqual(page.changes.map(({ _id, text, deleted }) => [_id, text, deleted]), [[one.messageId, null, true]]);
  });

  test('no cursors is no conversations', async () => {
    const { sb } = await scene();
    const { conversations, removed } = await sb.must('sync', { cursors: [] });
    assert.deepEqual([conversations, removed], [[], []]);
  });

  test('faulty payloads', async () => {
    const { b, id, sb } = await scene();
    const faulty = [{}, { cursors: null }, { cursors: {} }, { cursors: [null] }, { cursors: [{ conversationId: id }] }, { cursors: [{ conversationId: 5, rev: 0 }] },
      { cursors: [{ conversationId: id, rev: '0' }] }, { cursors: [{ conversationId: id, rev: -1 }] }, { cursors: [], limit: 'all' },
      { cursors: { $ne: null } }];
    for (const payload of faulty) {
      await sb.refused('sync', payload, 'VALIDATION', /^Invalid payload: /);
      refused(await b.post('/api/sync', payload), 400, 'VALIDATION');
    }
  });
});
