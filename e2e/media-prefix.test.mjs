// URLs of media elsewhere are accepted where the operator listed their beginnings.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { pair } from './harness/people.mjs';

const server = sharedServer({ env: { NATTER_GATEWAY__MEDIA_URL_PREFIXES: 'https://cdn.example.test/chat/,https://other.example.test/' } });

test('listed prefixes pass and look-alikes do not', async () => {
  const { id, sa } = await pair(server);
  const send = (url) => sa.emit('send:message', { conversationId: id, media: [{ url, type: 'file', filename: 'a.pdf', size: 5 }] });
  const good = await send('https://cdn.example.test/chat/a.pdf');
  assert.equal(good.success, true, JSON.stringify(good));
  assert.deepEqual(good.message.media, [{ url: 'https://cdn.example.test/chat/a.pdf', type: 'file', filename: 'a.pdf', size: 5 }]);
  for (const bad of ['https://cdn.example.test/private/a', 'https://cdn.example.test.evil.test/chat/a', 'http://cdn.example.test/chat/a',
    'https://cdn.example.test/chat/../private/a', 'https://user@cdn.example.test/chat/a']) {
    const ack = await send(bad);
    assert.equal(ack.success, false, bad);
    assert.match(ack.error, /^Invalid payload: media: /);
  }
});
