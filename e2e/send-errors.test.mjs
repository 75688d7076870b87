// What send:message refuses, with exactly which text, and which fault is told first (contract, section 3).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused } from './harness/http.mjs';
import { jpeg, upload } from './harness/media.mjs';
import { directId, pair, people, say, strangeId } from './harness/people.mjs';

const server = sharedServer();
const LONG = 'x'.repeat(10_001);

// The cast: `me` and `friend` talk; I blocked `enemy`, `foe` blocked me; `both` did it with me mutually.
let my, friendly, blockedByMe, blockedMe, mutual, foreign, foreignMessage;
before(async () => {
  const scene = await pair(server);
  const [enemy, foe, both] = await people(server, 3);
  const me = scene.a;
  [blockedByMe, blockedMe, mutual] = await Promise.all([enemy, foe, both].map((each) => directId(me, each)));
  for (const [who, whom] of [[me, enemy], [foe, me], [me, both], [both, me]]) ok(await who.put(`/api/users/${whom.id}/block`));
  const other = await pair(server);
  foreign = other.id;
  foreignMessage = (await say(other.sa, foreign, 'elsewhere')).messageId;
  friendly = scene.id;
  my = { user: me, socket: scene.sa, image: (await upload(me, jpeg, 'a.jpg')).url };
});

const image = () => ({ url: my.image, type: 'image' });

/** In order of precedence: each payload also has every later fault that it can have. */
const PRECEDENCE = [
  ['Conversation not found', 'NOT_FOUND', () => ({ conversationId: strangeId(), text: LONG, messageType: 'audio', replyTo: strangeId() })],
  ['Conversation not found', 'NOT_FOUND', () => ({ conversationId: 'natter.>', text: '', messageType: 'audio' })],
  ['Conversation not found', 'NOT_FOUND', () => ({ conversationId: '', text: 'x' })],
  ['Not authorized to send message', 'FORBIDDEN', () => ({ conversationId: foreign, text: LONG, messageType: 'audio', replyTo: strangeId() })],
  ['You cannot send messages to a blocked user', 'BLOCKED', () => ({ conversationId: mutual, text: LONG, messageType: 'audio' })],
  ['You cannot send messages to a blocked user', 'BLOCKED', () => ({ conversationId: blockedByMe, text: ' ', messageType: 'audio' })],
  ['Action not available', 'BLOCKED', () => ({ conversationId: blockedMe, text: LONG, messageType: 'audio', replyTo: strangeId() })],
  ['Audio messages are not allowed', null, () => ({ conversationId: friendly, messageType: 'audio' })],
  ['Audio messages are not allowed', null, () => ({ conversationId: friendly, text: LONG, messageType: 'audio', replyTo: strangeId() })],
  ['Message text or media is required', 'VALIDATION', () => ({ conversationId: friendly, messageType: 'image', replyTo: strangeId() })],
  ['Message text or media is required', 'VALIDATION', () => ({ conversationId: friendly, text: '', media: [] })],
  ['Message text or media is required', 'VALIDATION', () => ({ conversationId: friendly, text: ' \t\n\u00a0\u3000' })],
  ['Message text or media is required', 'VALIDATION', () => ({ conversationId: friendly, text: null, media: null })],
  ['Message type does not match content', 'VALIDATION', () => ({ conversationId: friendly, text: LONG, messageType: 'image', replyTo: strangeId() })],
  ['Message type does not match content', 'VALIDATION', () => ({ conversationId: friendly, media: [image()], messageType: 'video' })],
  ['Message type does not match content', 'VALIDATION', () => ({ conversationId: friendly, text: 'x', media: [image()], messageType: 'text' })],
  ['Message is too long', 'VALIDATION', () => ({ conversationId: friendly, text: LONG, replyTo: strangeId() })],
  ['Message is too long', 'VALIDATION', () => ({ conversationId: friendly, text: '\u{1f600}'.repeat(10_001) })],
  ['Message to reply to not found', 'NOT_FOUND', () => ({ conversationId: friendly, text: 'x', replyTo: strangeId() })],
  ['Message to reply to not found', 'NOT_FOUND', () => ({ conversationId: friendly, text: 'x', replyTo: 'no id' })],
  ['Message to reply to not found', 'NOT_FOUND', () => ({ conversationId: friendly, text: 'x', replyTo: foreignMessage })],
];

describe('by socket', () => {
  for (const [index, [error, code, payload]] of PRECEDENCE.entries()) {
    test(`${index + 1}: ${error}`, async () => { await my.socket.refused('send:message', payload(), code, error); });
  }
});

describe('by HTTP', () => {
  const STATUS = { NOT_FOUND: 404, FORBIDDEN: 403, BLOCKED: 403, VALIDATION: 400 };
  for (const [index, [error, code, payload]] of PRECEDENCE.entries()) {
    test(`${index + 1}: ${error}`, async () => {
      const { conversationId, ...body } = payload();
      if (!/^[0-9a-f]{24}$/.test(conversationId)) return;
      const answer = await my.user.post(`/api/conversations/${conversationId}/messages`, body);
      refused(answer, STATUS[code] ?? answer.status, code ?? undefined, error);
      assert.ok(answer.status >= 400 && answer.status < 500);
    });
  }
});

/** [field named in the text, part of the payload] */
const FAULTY = [
  ['conversationId', { conversationId: undefined }],
  ['conversationId', { conversationId: null }],
  ['conversationId', { conversationId: 5 }],
  ['conversationId', { conversationId: { $ne: null } }],
  ['conversationId', { conversationId: ['x'] }],
  ['text', { text: 5 }],
  ['text', { text: ['x'] }],
  ['text', { text: { $ne: null } }],
  ['messageType', { messageType: 5 }],
  ['messageType', { messageType: 'hologram' }],
  ['replyTo', { replyTo: 5 }],
  ['replyTo', { replyTo: { $ne: null } }],
  ['clientMessageId', { clientMessageId: 5 }],
  ['clientMessageId', { clientMessageId: '' }],
  ['clientMessageId', { clientMessageId: 'x'.repeat(65) }],
  ['media', { media: 'x' }],
  ['media', { media: { length: 1 } }],
  ['media', { media: [null] }],
  ['media', { media: ['url'] }],
  ['media', { media: [{}] }],
  ['media', { media: [{ type: 'image' }] }],
  ['media', { media: [{ url: 5, type: 'image' }] }],
  ['media', { media: [{ url: '/media/not-issued.png', type: 'image' }] }],
  ['media', { media: [{ url: 'https://elsewhere.test/a.png', type: 'image' }] }],
  ['media', { media: [{ url: 'javascript:alert(1)', type: 'image' }] }],
  ['media', { media: [{ url: 'file:///etc/passwd', type: 'file' }] }],
  ['media', () => ({ media: [{ url: my.image }] })],
  ['media', () => ({ media: [{ url: my.image, type: 'hologram' }] })],
  ['media', () => ({ media: [{ url: `${my.image}/../../etc/passwd`, type: 'image' }] })],
  ['media', () => ({ media: [{ url: `https://elsewhere.test${my.image}`, type: 'image' }] })],
  ['media', () => ({ media: [{ ...image(), size: 'big' }] })],
  ['media', () => ({ media: [{ ...image(), size: -1 }] })],
  ['media', () => ({ media: [{ ...image(), filename: 5 }] })],
  ['media', () => ({ media: Array(11).fill(image()) })],
];

describe('faulty fields', () => {
  for (const [index, [field, part]] of FAULTY.entries()) {
    test(`${index + 1}: ${field}`, async () => {
      const payload = { conversationId: friendly, text: 'x', ...(typeof part === 'function' ? part() : part) };
      await my.socket.refused('send:message', payload, 'VALIDATION', new RegExp(`^Invalid payload: ${field}: .+`));
    });
  }

  test('the same by HTTP', async () => {
    for (const [field, part] of FAULTY) {
      if (field === 'conversationId') continue;
      const body = { text: 'x', ...(typeof part === 'function' ? part() : part) };
      const answer = await my.user.post(`/api/conversations/${friendly}/messages`, body);
      refused(answer, 400, 'VALIDATION');
      assert.match(answer.error, new RegExp(`^Invalid payload: ${field}: .+`));
    }
  });
});

test('nothing of all that was stored', async () => {
  const ack = await say(my.socket, friendly, 'the first that counts');
  assert.equal(ack.seq, 1);
  assert.equal(ack.rev, 1);
});

test('ten files are accepted', async () => {
  const { message } = await my.socket.must('send:message', { conversationId: friendly, media: Array(10).fill(image()) });
  assert.equal(message.media.length, 10);
});
