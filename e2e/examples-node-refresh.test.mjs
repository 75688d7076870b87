// examples/node-refresh: a program that stays, while its tokens end.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok } from './harness/http.mjs';
import { Link } from './harness/link.mjs';
import { directId, people } from './harness/people.mjs';
import { Dialogue } from './harness/dialogue.mjs';
import { repository } from './harness/static.mjs';
import { until, untilTime } from './harness/wait.mjs';

const server = sharedServer({ env: { NATTER_AUTH__ACCESS_TOKEN_TTL: '8s', NATTER_GATEWAY__SESSION_EXPIRING_NOTICE: '4s' } });
const left = [];
afterEach(async () => { for (const each of left.splice(0)) await each(); });

/** Runs the program as `a` over a link, until it has joined the conversation with `b`. */
async function staying() {
  const [a, b] = await people(server, 2);
  const id = await directId(a, b);
  const link = await Link.to(server.url());
  const args = ['examples/node-refresh/stay.mjs', link.url, a.username, id];
  const program = new Dialogue(process.execPath, args, { env: { NATTER_PASSWORD: a.account.password }, cwd: repository });
  left.push(async () => { await program.stop(); link.close(); });
  await program.line(/^joined$/);
  return { a, b, id, link, program };
}

/** Sends as somebody whose own token may have ended meanwhile. */
async function say(user, conversationId, text) {
  user.adopt(ok(await user.post('/api/auth/refresh', { refreshToken: user.refreshToken })));
  ok(await user.post(`/api/conversations/${conversationId}/messages`, { text, messageType: 'text' }), 201);
}

const messages = (program) => program.matching(/^#/).map((line) => line.replace(/^#\d+ .*: /, ''));

test('a token is renewed before it ends, again and again, and the socket goes on', async () => {
  const { b, id, program } = await staying();
  await program.line(/^goes on until/, 3);
  await say(b, id, 'still there?');
  await program.line(/still there\?$/);
  assert.deepEqual(program.matching(/expired|disconnected|refused|not/), []);
  program.signal('SIGTERM');
  assert.equal(await program.exit(), 0);
});

test('asleep while its token ends, it comes back and prints what it missed, once', async () => {
  const { a, b, id, program } = await staying();
  await say(b, id, 'before');
  await program.line(/before$/);
  program.signal('SIGSTOP');
  await until(async () => {
    b.adopt(ok(await b.post('/api/auth/refresh', { refreshToken: b.refreshToken })));
    return ok(await b.get(`/api/presence?userIds=${a.id}`)).users[0].status === 'offline';
  }, 'the sleeper to be offline', 40_000);
  for (const text of ['missed 1', 'missed 2']) await say(b, id, text);
  program.signal('SIGCONT');
  await program.line(/^joined$/, 2);
  await say(b, id, 'after');
  await program.line(/after$/);
  assert.deepEqual(messages(program), ['before', 'missed 1', 'missed 2', 'after']);
  assert.deepEqual(program.matching(/^expired: TOKEN_EXPIRED$/).length, 1, program.lines.join('\n'));
});

test('cut off while its token ends, it renews it when the network is back', async () => {
  const { b, id, link, program } = await staying();
  const end = Date.now() + 9_000; // the token's, and a second
  link.cut();
  await program.line(/^disconnected/);
  await say(b, id, 'missed');
  await untilTime(end);
  link.restore();
  await program.line(/^joined$/, 2);
  await program.line(/missed$/);
  assert.deepEqual(messages(program), ['missed']);
});

test('a conversation that is not the user\'s ends it with the reason', async () => {
  const [a, b, stranger] = await people(server, 3);
  const id = await directId(a, b);
  const args = ['examples/node-refresh/stay.mjs', server.url(), stranger.username, id];
  const program = new Dialogue(process.execPath, args, { env: { NATTER_PASSWORD: stranger.account.password }, cwd: repository });
  left.push(() => program.stop());
  await program.line(/^not joined: Not authorized to join this conversation$/);
  assert.equal(await program.exit(), 1);
});
