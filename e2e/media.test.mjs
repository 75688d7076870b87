// Upload and download (contract, section 7).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { form, gif, jpeg, png, upload, videos, webp } from './harness/media.mjs';
import { person } from './harness/people.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();
let user;
before(async () => { user = await person(server); });

const send = (bytes, name, type) => user.post('/api/media/upload', form('media', bytes, name, type));
const fetched = (url, headers, method = 'GET') => request(server.url(), method, url, { headers });

/** [format, bytes, type, content type, pixels] */
const ACCEPTED = [
  ['png', png(64, 48), 'image', 'image/png', [64, 48]],
  ['jpeg', jpeg, 'image', 'image/jpeg', [3, 2]],
  ['gif', gif, 'image', 'image/gif', [3, 2]],
  ['webp', webp, 'image', 'image/webp', [3, 2]],
  ['mp4', videos.mp4, 'video', 'video/mp4'],
  ['mov', videos.mov, 'video', 'video/quicktime'],
  ['avi', videos.avi, 'video', null],
  ['webm', videos.webm, 'video', 'video/webm'],
  ['mkv', videos.mkv, 'video', null],
];

describe('accepted by content, whatever the name says', () => {
  for (const [format, bytes, type, contentType, pixels] of ACCEPTED) {
    test(format, async () => {
      const data = ok(await send(bytes, 'misleading.exe', 'text/html'));
      assert.equal(data.type, type);
      assert.equal(data.fileSize, bytes.length);
      assert.equal(data.filename, 'misleading.exe');
      assert.match(data.format.toLowerCase(), new RegExp(format === 'jpeg' ? 'jpe?g' : format === 'mov' ? 'mov|quicktime' : format === 'mkv' ? 'mkv|matroska' : format));
      if (pixels) assert.deepEqual([data.width, data.height], pixels);
      const got = await fetched(data.url);
      assert.equal(got.status, 200);
      assert.ok(got.bytes.equals(bytes), 'the very bytes');
      if (contentType) assert.equal(got.headers.get('content-type'), contentType);
      else assert.match(got.headers.get('content-type'), /^video\//);
    });
  }
});

describe('refused', () => {
  const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
  for (const [what, bytes, name, type] of [
    ['HTML named .png', Buffer.from('<!doctype html><script>alert(1)</script>'), 'a.png', 'image/png'],
    ['SVG', Buffer.from(SVG), 'a.svg', 'image/svg+xml'],
    ['an executable named .jpg', Buffer.from(`\x7fELF${'\0'.repeat(100)}`, 'latin1'), 'a.jpg', 'image/jpeg'],
    ['a PDF named .mp4', Buffer.from('%PDF-1.7\n1 0 obj'), 'a.mp4', 'video/mp4'],
    ['an empty file', Buffer.alloc(0), 'a.png', 'image/png'],
    ['text', Buffer.from('plain'), 'a.gif', 'image/gif'],
  ]) {
    test(what, async () => {
      const answer = await send(bytes, name, type);
      assert.ok([400, 415].includes(answer.status), `${answer.status} ${answer.bytes}`);
      refused(answer, answer.status, answer.status === 415 ? 'UNSUPPORTED_MEDIA' : undefined);
    });
  }

  test('an image that only begins like one', async () => {
    const answer = await send(png(64, 48).subarray(0, 20), 'a.png', 'image/png');
    assert.ok([400, 415].includes(answer.status), `${answer.status} ${answer.bytes}`);
  });

  test('an image of more pixels than memory allows', async () => {
    const answer = await send(png(60_000, 60_000, { real: false }), 'bomb.png', 'image/png');
    assert.ok([400, 413, 415].includes(answer.status), `${answer.status} ${answer.bytes}`);
  });

  test('over 20 MB, counted as it comes', async () => {
    const big = Buffer.concat([videos.mp4, Buffer.alloc(20 * 1024 * 1024)]);
    refused(await send(big, 'big.mp4'), 413, 'TOO_LARGE');
    const answer = await send(big.subarray(0, 19 * 1024 * 1024), 'fits.mp4');
    assert.equal(ok(answer).fileSize, 19 * 1024 * 1024);
  });

  test('no file, the wrong field, no form, no token', async () => {
    for (const body of [form('other', jpeg), new FormData()]) refused(await user.post('/api/media/upload', body), 400, 'VALIDATION');
    const noForm = await user.post('/api/media/upload', { media: 'x' });
    assert.ok([400, 415].includes(noForm.status), String(noForm.bytes));
    const broken = await user.post('/api/media/upload', 'no form', { headers: { 'content-type': 'multipart/form-data' } });
    assert.ok([400, 415].includes(broken.status), String(broken.bytes));
    const cut = await user.post('/api/media/upload', '--x\r\nContent-Disposition: form-data; name="media"; filename="a"\r\n\r\nabc', { headers: { 'content-type': 'multipart/form-data; boundary=x' } });
    assert.ok([400, 415].includes(cut.status), String(cut.bytes));
    refused(await request(server.url(), 'POST', '/api/media/upload', { body: form('media', jpeg) }), 401, 'UNAUTHENTICATED');
  });
});

describe('serving', () => {
  let image, bytes;
  before(async () => {
    bytes = png(200, 150);
    image = await upload(user, bytes, 'holiday "photo"\r\nX-Evil: 1.png', 'image/png');
  });

  test('needs no token, and nothing in it runs in a browser', async () => {
    const { headers } = await fetched(image.url);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.match(headers.get('content-disposition'), /^(inline|attachment)/);
    assert.equal(headers.get('x-evil'), null);
    assert.ok(headers.get('etag'));
    assert.ok(headers.get('x-request-id'));
  });

  test('ETag: not modified', async () => {
    const { headers } = await fetched(image.url);
    const again = await fetched(image.url, { 'if-none-match': headers.get('etag') });
    assert.equal(again.status, 304);
    assert.equal(again.bytes.length, 0);
    assert.equal((await fetched(image.url, { 'if-none-match': '"other"' })).status, 200);
  });

  test('ranges', async () => {
    const size = bytes.length;
    assert.equal((await fetched(image.url)).headers.get('accept-ranges'), 'bytes');
    for (const [range, from, to] of [['bytes=0-9', 0, 10], ['bytes=10-', 10, size], ['bytes=-7', size - 7, size], [`bytes=5-${size + 100}`, 5, size]]) {
      const part = await fetched(image.url, { range });
      assert.equal(part.status, 206, range);
      assert.equal(part.headers.get('content-range'), `bytes ${from}-${to - 1}/${size}`);
      assert.ok(part.bytes.equals(bytes.subarray(from, to)), range);
    }
    const beyond = await fetched(image.url, { range: `bytes=${size}-` });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get('content-range'), `bytes */${size}`);
    for (const range of ['lines=1-2', 'bytes=x-y', 'bytes=9-3']) assert.ok([200, 416].includes((await fetched(image.url, { range })).status), range);
  });

  test('HEAD has the headers and no body', async () => {
    const head = await fetched(image.url, {}, 'HEAD');
    assert.equal(head.status, 200);
    assert.equal(head.headers.get('content-length'), String(bytes.length));
  });

  test('a thumbnail of a large image is smaller', async () => {
    const large = await upload(user, png(1600, 1200), 'large.png');
    assert.ok(large.thumbnailUrl);
    const thumbnail = await until(async () => {
      const answer = await fetched(large.thumbnailUrl);
      return answer.status === 200 && answer;
    }, 'the thumbnail');
    assert.match(thumbnail.headers.get('content-type'), /^image\//);
    assert.equal(thumbnail.headers.get('x-content-type-options'), 'nosniff');
  });

  test('nothing but what was issued', async () => {
    for (const path of ['/media/', '/media/none.png', '/media/../natter.toml', '/media/%2e%2e/%2e%2e/etc/passwd', '/media/..%2f..%2fetc%2fpasswd', '/media/%00', '/media/a%5c..%5cb', `${image.url}/x`]) {
      const answer = await fetched(path);
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    }
  });
});
