// The description of HTTP, held against what is really answered, in both dialects (contract, section 7).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { DescribedRoutes } from './harness/described.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { form, png } from './harness/media.mjs';
import { freshAccount, people, strangeId } from './harness/people.mjs';
import { MESSAGE_KEYS, SNAKE_MESSAGE_KEYS, keys } from './harness/shapes.mjs';

const server = sharedServer();
let described;
before(async () => {
  await server.started;
  described = await DescribedRoutes.of(server.url());
});

/** Makes requests in a dialect and holds them and their answers to the description. */
class Caller {
  faults = [];
  answered = new Set();

  constructor(dialect) { this.dialect = dialect; }

  /** One call by the route's template; `into` fills its parameters and may have `query`. Gives the answer. */
  async call(user, method, template, into = {}, body = undefined) {
    const path = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(into[name])) + (into.query ? `?${into.query}` : '');
    const options = { token: user?.token, body, headers: { 'x-dialect': this.dialect } };
    const answer = await request(server.url(), method, path, options);
    const fault = described.fault(method, template, answer);
    if (fault) this.faults.push(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}: ${fault}`);
    if (answer.status < 300) {
      this.answered.add(`${method} ${template}`);
      const wrong = body && !(body instanceof FormData) && described.requestFault(method, template, body);
      if (wrong) this.faults.push(`${method} ${template} took ${JSON.stringify(body)}: ${wrong}`);
    }
    return answer;
  }

  /** The same, for a call that must succeed; gives its data. */
  async must(...args) { return ok(await this.call(...args)); }
}

const CONTENT = { colon: (text) => ({ text }), snake: (text) => ({ content: text }) };
const SHAPE = { colon: MESSAGE_KEYS, snake: SNAKE_MESSAGE_KEYS };

for (const dialect of ['colon', 'snake']) {
  describe(`in the ${dialect} dialect`, () => {
    test('every route answers what is described', async () => {
      const http = new Caller(dialect);
      const content = CONTENT[dialect];
      const [a, b, c] = await people(server, 3);
      const account = freshAccount();
      await http.must(undefined, 'POST', '/api/auth/register', {}, account);
      const signedIn = await http.must(undefined, 'POST', '/api/auth/login', {}, { username: account.username, password: account.password });
      const again = await http.must(undefined, 'POST', '/api/auth/refresh', {}, { refreshToken: signedIn.refreshToken });
      await http.must({ token: again.accessToken }, 'POST', '/api/auth/logout', {}, { everywhere: true });

      const CONVERSATIONS = '/api/conversations';
      const made = await http.call(a, 'POST', CONVERSATIONS, {}, { type: 'direct', participantId: b.id });
      const repeated = await http.call(a, 'POST', CONVERSATIONS, {}, { type: 'direct', participantId: b.id });
      assert.deepEqual([made.status, repeated.status], [201, 200]);
      const direct = made.data._id;
      const { _id: group } = await http.must(a, 'POST', CONVERSATIONS, {}, { type: 'group', name: 'Group', participantIds: [b.id] });
      await http.must(a, 'POST', `${CONVERSATIONS}/{id}/participants`, { id: group }, { participantIds: [c.id] });
      await http.must(a, 'PUT', `${CONVERSATIONS}/{id}/participants/{userId}/role`, { id: group, userId: b.id }, { role: 'admin' });
      await http.must(a, 'PATCH', `${CONVERSATIONS}/{id}`, { id: group }, { name: 'Renamed' });
      await http.must(a, 'PUT', `${CONVERSATIONS}/{id}/photo`, { id: group }, form('photo', png(), 'a.png', 'image/png'));
      await http.must(a, 'DELETE', `${CONVERSATIONS}/{id}/photo`, { id: group });

      const MESSAGES = `${CONVERSATIONS}/{id}/messages`;
      const file = await http.must(a, 'POST', '/api/media/upload', {}, form('media', png(), 'a.png', 'image/png'));
      const first = await http.must(a, 'POST', MESSAGES, { id: direct }, { ...content('needle'), clientMessageId: 'k' });
      assert.deepEqual(keys(first), SHAPE[dialect]);
      const sent = dialect === 'snake'
        ? { file: { url: file.url, messageType: 'image', mimetype: 'image/png' } } : { media: [{ url: file.url, type: 'image' }] };
      const second = await http.must(b, 'POST', MESSAGES, { id: direct }, { ...sent, replyTo: first._id });
      assert.equal((dialect === 'snake' ? second.file : second.media[0]).url, file.url);
      await http.must(a, 'PATCH', '/api/messages/{id}', { id: first._id }, content('a needle'));
      await http.must(a, 'PUT', '/api/messages/{id}/reactions/{emoji}', { id: second._id, emoji: '👍' });
      await http.must(b, 'POST', `${CONVERSATIONS}/{id}/read`, { id: direct }, { messageIds: [] });
      for (const query of ['', 'limit=1', 'before=2', 'after=0', 'around=1']) {
        const { items } = await http.must(a, 'GET', MESSAGES, { id: direct, query });
        for (const each of items) assert.deepEqual(keys(each), SHAPE[dialect]);
      }
      await http.must(a, 'GET', `${CONVERSATIONS}/{id}/receipts`, { id: direct });
      const { items: [found] } = await http.must(a, 'GET', '/api/messages/search', { query: 'q=needle' });
      assert.deepEqual(keys(found), SHAPE[dialect]);
      await http.must(a, 'GET', '/api/messages/{id}', { id: second._id });
      const cursors = [{ conversationId: direct, rev: 0 }, { conversationId: strangeId(), rev: 0 }, { conversationId: 'no id', rev: 0 }];
      const synced = await http.must(a, 'POST', '/api/sync', {}, { cursors, limit: 10 });
      for (const each of synced.conversations[0].changes) assert.deepEqual(keys(each), SHAPE[dialect]);
      await http.must(a, 'DELETE', '/api/messages/{id}/reactions/{emoji}', { id: second._id, emoji: '👍' });
      await http.must(a, 'DELETE', '/api/messages/{id}', { id: first._id });
      assert.equal((await http.must(a, 'GET', '/api/messages/{id}', { id: first._id })).deleted, true);
      await http.must(a, 'GET', CONVERSATIONS);
      await http.must(a, 'GET', `${CONVERSATIONS}/{id}`, { id: direct });
      await http.must(a, 'DELETE', `${CONVERSATIONS}/{id}/participants/{userId}`, { id: group, userId: c.id });
      await http.must(a, 'DELETE', `${CONVERSATIONS}/{id}`, { id: group });

      await http.must(a, 'GET', '/api/users/me');
      await http.must(a, 'PATCH', '/api/users/me', {}, { name: 'Another', profileImage: null });
      await http.must(a, 'GET', '/api/users/{id}', { id: b.id });
      await http.must(a, 'GET', '/api/users', { query: `search=${b.username}` });
      await http.must(a, 'GET', '/api/presence', { query: `userIds=${b.id},no-id` });
      await http.must(a, 'PUT', '/api/users/{id}/block', { id: b.id });
      await http.must(a, 'GET', '/api/users/blocked');
      await http.must(a, 'DELETE', '/api/users/{id}/block', { id: b.id });

      for (const [method, template] of described.routes()) {
        const into = { id: strangeId(), userId: strangeId(), emoji: 'x' };
        const answer = await http.call(undefined, method, template, into, ['GET', 'DELETE'].includes(method) ? undefined : {});
        if (!template.startsWith('/api/auth/')) refused(answer, 401, 'UNAUTHENTICATED');
      }
      assert.deepEqual(http.faults, []);
      const minding = described.routes().filter(([method, template]) => described.mindsDialect(method, template));
      assert.ok(minding.length >= 15, String(minding.length));
      assert.deepEqual(minding.map((route) => route.join(' ')).filter((route) => !http.answered.has(route)), []);
    });
  });
}

describe('the snake dialect over HTTP', () => {
  const headers = { 'x-dialect': 'snake' };

  test('a message is edited by content or text, and sent by content and file', async () => {
    const [a, b] = await people(server, 2);
    const { _id: id } = ok(await a.post('/api/conversations', { type: 'direct', participantId: b.id }));
    const post = (body) => a.post(`/api/conversations/${id}/messages`, body, { headers });
    const { _id } = ok(await post({ content: 'one' }), 201);
    const patch = (body, options = { headers }) => a.patch(`/api/messages/${_id}`, body, options);
    assert.equal(ok(await patch({ content: 'two' })).content, 'two');
    assert.equal(ok(await patch({ text: 'three' })).content, 'three');
    assert.equal(ok(await patch({ content: 'four', text: 'five' })).content, 'four');
    refused(await patch({}), 400, 'VALIDATION', 'Invalid payload: content: is required');
    refused(await patch({ content: 5, text: 'x' }), 400, 'VALIDATION', 'Invalid payload: content: must be a string');
    refused(await patch({ content: 'x' }, {}), 400, 'VALIDATION', 'Invalid payload: text: is required');
    refused(await post({ text: 'x' }), 400, 'VALIDATION', 'Message content or file is required');
    refused(await post({ file: 'x' }), 400, 'VALIDATION', 'Invalid payload: file: must be an object');
    refused(await post({ file: { url: '/uploads/x.png' } }), 400, 'VALIDATION', 'Invalid payload: file: messageType is required');
    refused(await post({ file: { url: '/uploads/x.png', messageType: 'image' } }), 400, 'VALIDATION', 'Invalid payload: file: url was not issued by the media service');
    refused(await post({ content: 'x', replyTo: strangeId() }), 404, 'NOT_FOUND', 'Message to reply to not found');
    assert.equal(ok(await b.get(`/api/messages/${_id}`)).text, 'four');
  });

  test('Idempotency-Key serves as clientMessageId', async () => {
    const [a, b] = await people(server, 2);
    const { _id: id } = ok(await a.post('/api/conversations', { type: 'direct', participantId: b.id }));
    const post = (content) => a.post(`/api/conversations/${id}/messages?dialect=snake`, { content }, { headers: { 'idempotency-key': 'k' } });
    const [one, two] = [ok(await post('one'), 201), ok(await post('two'), 201)];
    assert.deepEqual([two._id, two.content, two.clientMessageId], [one._id, 'one', 'k']);
  });

  test('an unknown dialect is refused on every route that minds it, by header and query', async () => {
    const [a] = await people(server, 1);
    for (const [method, template] of described.routes().filter((route) => described.mindsDialect(...route))) {
      const path = template.replace(/\{\w+\}/g, strangeId());
      const body = ['GET', 'DELETE'].includes(method) ? undefined : {};
      refused(await a.call(method, path, body, { headers: { 'x-dialect': 'camel' } }), 400, 'VALIDATION', 'Unknown dialect');
      refused(await a.call(method, `${path}?dialect=camel`, body), 400, 'VALIDATION', 'Unknown dialect');
    }
  });
});
