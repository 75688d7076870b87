// examples/python: a client with python-socketio, over a network that breaks.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { afterEach, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok } from './harness/http.mjs';
import { Link } from './harness/link.mjs';
import { directId, people, say } from './harness/people.mjs';
import { Dialogue } from './harness/dialogue.mjs';
import { repository } from './harness/static.mjs';
import { until } from './harness/wait.mjs';

/** Where scripts/setup puts the example's packages. */
const PACKAGES = `${repository}.tools/python`;
const server = sharedServer();
const left = [];
afterEach(async () => { for (const each of left.splice(0)) await each(); });

function start(url, user, id) {
  if (!existsSync(PACKAGES)) throw new Error(`no Python packages in ${PACKAGES}: run scripts/setup`);
  const env = { NATTER_PASSWORD: user.account.password, PYTHONPATH: PACKAGES };
  const program = new Dialogue('python3', ['examples/python/chat.py', url, user.username, id], { env, cwd: repository });
  left.push(() => program.stop());
  return program;
}

/** Ana at the Python client over a link, Ben at a socket. */
async function talking() {
  const [ana, ben] = await people(server, 2);
  const id = await directId(ana, ben);
  const link = await Link.to(server.url());
  left.push(() => link.close());
  const socket = await ben.join(id);
  const program = start(link.url, ana, id);
  program.write('Hello from Python');
  await socket.next('new:message', ({ message }) => message.text === 'Hello from Python');
  await program.line(/^sent #1$/);
  return { ana, ben, id, link, socket, program };
}

const offline = (ben, ana) => until(async () => ok(await ben.get(`/api/presence?userIds=${ana.id}`)).users[0].status === 'offline', 'offline', 30_000);
const printed = (program) => program.matching(/^#/).map((line) => line.replace(/^#\d+ .*: /, ''));
const stored = async (user, id) => ok(await user.get(`/api/conversations/${id}/messages?limit=100`)).items.sort((a, b) => a.seq - b.seq).map(({ text }) => text);

test('logs in, joins, sends and receives', async () => {
  const { id, socket, program } = await talking();
  await say(socket, id, 'Hello back');
  await program.line(/^#2 .*: Hello back$/);
  program.write('x'.repeat(10_001));
  await program.line(/^not sent: Message is too long$/);
  assert.deepEqual(printed(program), ['Hello from Python', 'Hello back']);
  program.signal('SIGINT');
  assert.equal(await program.exit(), 0);
});

test('cut off, it comes back: what was missed is printed once, and what was written is sent once, in order', async () => {
  const { ana, ben, id, link, socket, program } = await talking();
  link.cut();
  await offline(ben, ana);
  for (const text of ['one', 'two', 'three']) program.write(text);
  const { messageId } = await say(socket, id, 'missed 1');
  await say(socket, id, 'missed 2');
  ok(await ben.patch(`/api/messages/${messageId}`, { text: 'missed 1, edited' }));
  link.restore();
  await program.line(/: three$/);
  await program.line(/^sent #/, 4);
  assert.deepEqual(await stored(ben, id), ['Hello from Python', 'missed 1, edited', 'missed 2', 'one', 'two', 'three']);
  assert.deepEqual(printed(program), ['Hello from Python', 'missed 2', 'missed 1, edited', 'one', 'two', 'three']);
});

test('a message whose ack was lost is stored once', async () => {
  const { ben, id, link, socket, program } = await talking();
  link.mute();
  program.write('Only once');
  await socket.next('new:message', ({ message }) => message.text === 'Only once');
  link.cut();
  link.restore();
  await program.line(/^sent #2$/);
  program.write('And then');
  await program.line(/^sent #3$/);
  await program.line(/: And then$/);
  assert.deepEqual(await stored(ben, id), ['Hello from Python', 'Only once', 'And then']);
  assert.deepEqual(printed(program), ['Hello from Python', 'Only once', 'And then']);
});

test('after more was missed than a join brings, it pages, and prints each once', async () => {
  const { ana, ben, id, link, socket, program } = await talking();
  link.cut();
  await offline(ben, ana);
  const texts = Array.from({ length: 310 }, (_, index) => `missed ${index}`);
  for (const text of texts) await say(socket, id, text);
  link.restore();
  await program.line(/: missed 309$/);
  await say(socket, id, 'live');
  await program.line(/: live$/);
  assert.deepEqual(printed(program), ['Hello from Python', ...texts, 'live']);
});

test('what it may not join ends it with the reason', async () => {
  const [ana, ben, stranger] = await people(server, 3);
  const program = start(server.url(), stranger, await directId(ana, ben));
  await program.line(/^Not authorized to join this conversation$/);
  assert.equal(await program.exit(), 1);
});
