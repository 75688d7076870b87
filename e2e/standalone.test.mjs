// The one process: how it starts, stops, and what a kill leaves behind (contract, section 8). Not for a cluster.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Client } from './harness/client.mjs';
import { pdf, uploadFile } from './harness/documents.mjs';
import { ok, request } from './harness/http.mjs';
import { jpeg, upload } from './harness/media.mjs';
import { pair, people, person, say } from './harness/people.mjs';
import { BINARY, cleanEnvironment, runBinary } from './harness/natter.mjs';
import { freePort } from './harness/ports.mjs';
import { withServer } from './harness/standalone.mjs';
import { until } from './harness/wait.mjs';

test('SIGTERM: sockets are sent away, and the process ends with 0', () => withServer({}, async (server) => {
  const { a, id, sa, sb } = await pair(server);
  await sa.must('typing:start', { conversationId: id });
  const polling = await a.connect({ transports: ['polling'] });
  assert.equal(await server.terminate(), 0);
  // Not by `io server disconnect`, after which the stock client would not come back by itself.
  for (const socket of [sa, sb, polling]) assert.match(await socket.gone(), /^transport/);
}));

test('SIGTERM with nobody there ends at once', () => withServer({ env: { NATTER_GATEWAY__DRAIN_WINDOW: '60s' } }, async (server) => {
  const start = Date.now();
  assert.equal(await server.terminate(), 0);
  assert.ok(Date.now() - start < 5000, `${Date.now() - start} ms`);
}));

/** Sends the start of an upload, and waits until some of it is on disk. Returns the connection and the directory of media. */
async function halfAnUpload(server, user) {
  const directory = join(server.dataDir, 'media');
  const { hostname, port } = new URL(server.url());
  const socket = connect(Number(port), hostname).on('error', () => {});
  socket.write(`POST /api/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.token}\r\nContent-Length: 3000000\r\n`
    + 'Content-Type: multipart/form-data; boundary=x\r\n\r\n'
    + '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4\n');
  socket.write(Buffer.alloc(2_000_000, ' '));
  await until(async () => (await readdir(directory)).some((name) => name.includes('.pdf#')), 'the start of the upload on disk');
  return { socket, left: async () => (await readdir(directory)).filter((name) => name.includes('.pdf')) };
}

test('an upload whose client goes away leaves nothing', () => withServer({}, async (server) => {
  const { socket, left } = await halfAnUpload(server, await person(server));
  socket.destroy();
  await until(async () => (await left()).length === 0, 'its file to go');
}));

test('kill -9 in the middle of an upload: nothing of it is served, and the restart removes it', () => withServer({}, async (server) => {
  const user = await person(server);
  const whole = await uploadFile(user, pdf, 'whole.pdf');
  const { left } = await halfAnUpload(server, user);
  await server.kill9();
  const [half] = (await left()).filter((name) => !whole.url.endsWith(name));
  await server.restart();
  assert.deepEqual(await left(), [whole.url.split('/').at(-1)]);
  const served = (name) => request(server.url(), 'GET', `/uploads/${encodeURIComponent(name)}`);
  for (const name of [half, half.split('#')[0]]) assert.equal((await served(name)).status, 404);
  assert.ok((await request(server.url(), 'GET', whole.url)).bytes.equals(pdf));
}));

test('kill -9 in the middle of a burst: every acknowledged message is there after the restart, in order', () => withServer({}, async (server) => {
  const { a, b, id, sa, sb } = await pair(server);
  const acked = [];
  for (let round = 0; round < 3; round += 1) {
    const [first, second] = round === 0 ? [sa, sb] : [await a.join(id), await b.join(id)];
    const before = acked.length;
    const sends = Array.from({ length: 400 }, (_, index) => (index % 2 ? first : second).emit('send:message', {
      conversationId: id, text: `${round}:${index}`, clientMessageId: `${round}:${index}`,
    }).then((ack) => { if (ack.success) acked.push(ack); }, () => {}));
    await until(() => acked.length >= before + 100, '100 acks');
    await server.kill9();
    first.close();
    second.close();
    await Promise.allSettled(sends);
    await server.restart();
  }
  assert.ok(acked.length >= 300);
  const stored = new Map();
  for (let rev = 0, hasMore = true; hasMore;) {
    const { conversations: [page] } = ok(await a.post('/api/sync', { cursors: [{ conversationId: id, rev }], limit: 100 }));
    for (const message of page.changes) stored.set(message._id, message);
    ({ rev, hasMore } = page);
  }
  for (const { messageId, message, seq } of acked) {
    assert.equal(stored.get(messageId)?.text, message.text, `seq ${seq} is lost`);
    assert.equal(stored.get(messageId).seq, seq);
  }
  const seqs = [...stored.values()].map(({ seq }) => seq).sort((x, y) => x - y);
  assert.deepEqual(seqs, Array.from({ length: seqs.length }, (_, index) => index + 1), 'no holes');
  const conversation = ok(await a.get(`/api/conversations/${id}`));
  assert.equal(conversation.lastSeq, seqs.length);
  const own = acked.find(({ message }) => message.senderId._id === a.id);
  const again = await (await a.join(id)).must('send:message', { conversationId: id, text: 'x', clientMessageId: own.clientMessageId });
  assert.equal(again.messageId, own.messageId);
}));

test('after a restart everything is as it was: sessions, conversations, receipts, blocks, media', () => withServer({ env: { NATTER_AUTH__JWT_SECRET: null } }, async (server) => {
  const { a, b, id, sa, sb } = await pair(server);
  const [c] = await people(server, 1);
  const image = await upload(a, jpeg, 'a.jpg');
  const sent = await sa.must('send:message', { conversationId: id, media: [{ url: image.url, type: 'image' }] });
  await sb.must('message:read', { conversationId: id, messageIds: [sent.messageId] });
  await sb.must('message:react', { messageId: sent.messageId, emoji: '👍' });
  ok(await a.put(`/api/users/${c.id}/block`));
  await server.kill9();
  await server.restart();
  const { items: [message] } = ok(await a.get(`/api/conversations/${id}/messages`));
  assert.deepEqual([message._id, message.status, message.reactions[0].userIds], [sent.messageId, 'read', [b.id]]);
  assert.equal(ok(await b.get(`/api/conversations/${id}`)).unreadCount, 0);
  assert.deepEqual(ok(await a.get('/api/users/blocked')).items.map(({ _id }) => _id), [c.id]);
  assert.ok((await request(server.url(), 'GET', image.url)).bytes.equals(jpeg));
  a.adopt(ok(await request(server.url(), 'POST', '/api/auth/refresh', { body: { refreshToken: a.refreshToken } })));
  await a.connect();
}));

test('a client that reconnects after a restart catches up by afterRev', () => withServer({}, async (server) => {
  const { a, id, sa, sb } = await pair(server);
  const client = new Client(server.url(), { auth: { token: a.token }, reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 300 });
  await client.connected();
  const { rev } = await client.must('join:conversation', { conversationId: id });
  await server.kill9();
  await client.gone();
  await server.restart();
  for (const socket of [sa, sb]) socket.close();
  const other = await a.join(id);
  await say(other, id, 'while away');
  await until(() => client.socket.connected, 'the reconnect');
  await client.must('join:conversation', { conversationId: id, afterRev: rev });
  await client.next('new:message', ({ message }) => message.text === 'while away');
}));

test('a second process on the same data is refused, and harms nothing', () => withServer({}, async (server) => {
  const second = await runBinary(['standalone', '--listen', `127.0.0.1:${await freePort()}`, '--data-dir', server.dataDir], { timeout: 15_000 });
  assert.notEqual(second.code, 0);
  assert.notEqual(second.signal, 'SIGKILL', second.output);
  await person(server);
}));

test('no arguments at all is standalone, on ./natter-data', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'natter-e2e-'));
  const port = await freePort();
  const child = spawn(BINARY, [], { cwd, env: cleanEnvironment({ NATTER_GATEWAY__LISTEN: `127.0.0.1:${port}` }), stdio: 'ignore' });
  try {
    await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200, 'readiness', 30_000);
    assert.ok((await stat(join(cwd, 'natter-data'))).isDirectory());
  } finally {
    const ended = new Promise((resolve) => { child.once('exit', resolve); });
    child.kill('SIGTERM');
    assert.equal(await ended, 0);
    await rm(cwd, { recursive: true, force: true });
  }
});
