// Files whose names and content agree, and messages with them, in both dialects (contract, sections 4 and 7).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';

import { sharedServer } from './harness/deployment.mjs';
import { bareMp3, doc, docx, mp3, pdf, send, uploadFile, xls, xlsx, zip } from './harness/documents.mjs';
import { ok, refused, request } from './harness/http.mjs';
import { form, gif, jpeg, png, videos, webp } from './harness/media.mjs';
import { directId, groupId, pair, people, person } from './harness/people.mjs';
import { snake, visit } from './harness/snake.mjs';

const server = sharedServer();
let user;
before(async () => { user = await person(server); });

const fetched = (url, headers, method = 'GET') => request(server.url(), method, url, { headers });
const MB = 1024 * 1024;
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

/** [name, bytes, mimetype, messageType] */
const ACCEPTED = [
  ['a.jpeg', jpeg, 'image/jpeg', 'image'],
  ['a.jpg', jpeg, 'image/jpeg', 'image'],
  ['a.png', png(64, 48), 'image/png', 'image'],
  ['a.gif', gif, 'image/gif', 'image'],
  ['a.pdf', pdf, 'application/pdf', 'file'],
  ['a.doc', doc, 'application/msword', 'file'],
  ['a.docx', docx, DOCX, 'file'],
  ['a.mp4', videos.mp4, 'video/mp4', 'video'],
  ['a.mp3', mp3, 'audio/mpeg', 'audio'],
  ['without-tag.mp3', bareMp3, 'audio/mpeg', 'audio'],
  ['LOUD.PDF', pdf, 'application/pdf', 'file'],
];

describe('accepted where the ending and the content agree', () => {
  for (const [name, bytes, mimetype, messageType] of ACCEPTED) {
    test(name, async () => {
      const file = await uploadFile(user, bytes, name, 'text/html');
      assert.deepEqual(file, { url: file.url, filename: name, size: bytes.length, mimetype, messageType });
      assert.match(file.url, /\/uploads\/[^/]+$/);
      const got = await fetched(file.url);
      assert.equal(got.status, 200);
      assert.ok(got.bytes.equals(bytes), 'the very bytes');
      assert.equal(got.headers.get('content-type'), mimetype);
      assert.equal(got.headers.get('x-content-type-options'), 'nosniff');
      const disposition = got.headers.get('content-disposition');
      assert.match(disposition, messageType === 'file' ? /^attachment/ : /^(inline|attachment)/, 'documents are saved, not opened');
    });
  }
});

describe('refused', () => {
  for (const [what, bytes, name] of [
    ['a PDF named .docx', pdf, 'a.docx'],
    ['a PNG named .jpg', png(8, 8), 'a.jpg'],
    ['a JPEG named .png', jpeg, 'a.png'],
    ['a docx named .doc', docx, 'a.doc'],
    ['a doc named .docx', doc, 'a.docx'],
    ['a docx named .pdf', docx, 'a.pdf'],
    ['an MP3 named .mp4', mp3, 'a.mp4'],
    ['an MP4 named .mp3', videos.mp4, 'a.mp3'],
    ['a QuickTime film named .mp4', videos.mov, 'a.mp4'],
    ['another zip named .docx', zip([['readme.txt', 'hello']]), 'a.docx'],
    ['a sheet named .docx', xlsx, 'a.docx'],
    ['an archive cut off, named .docx', docx.subarray(0, docx.length - 30), 'a.docx'],
    ['an old sheet named .doc', xls, 'a.doc'],
    ['HTML named .pdf', Buffer.from('<!doctype html><script>alert(1)</script>'), 'a.pdf'],
    ['text named .doc', Buffer.from('plain'), 'a.doc'],
    ['an image that only begins like one', png(64, 48).subarray(0, 30), 'a.png'],
    ['WebP, which is for media alone', webp, 'a.webp'],
    ['a zip by its own name', zip([['readme.txt', 'hello']]), 'a.zip'],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), 'a.svg'],
    ['a true PDF named .exe', pdf, 'a.pdf.exe'],
    ['a name without an ending', pdf, 'pdf'],
    ['a name that hides its ending', pdf, 'a\u202efdp.exe'],
  ]) {
    test(what, async () => refused(await send(user, bytes, name), 400, 'UNSUPPORTED_MEDIA', 'Invalid file type'));
  }

  test('no file, text in its place, the wrong field, an empty file', async () => {
    const text = new FormData();
    text.append('file', 'just text');
    for (const body of [new FormData(), text, form('media', pdf, 'a.pdf'), form('file', Buffer.alloc(0), 'a.pdf')]) {
      refused(await user.post('/api/upload', body), 400, 'VALIDATION', 'No file');
    }
    refused(await user.post('/api/upload', { file: 'x' }), 400, 'VALIDATION', 'No file');
  });

  test('two files', async () => {
    const two = form('file', pdf, 'a.pdf');
    two.append('file', new Blob([mp3]), 'b.mp3');
    refused(await user.post('/api/upload', two), 400, 'VALIDATION', 'Invalid payload: file: must be one file');
  });

  test('a form that breaks off', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const start = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4';
    refused(await user.post('/api/upload', start, { headers }), 400, 'VALIDATION');
  });

  test('no token, a bad token', async () => {
    refused(await request(server.url(), 'POST', '/api/upload', { body: form('file', pdf, 'a.pdf') }), 401, 'UNAUTHENTICATED');
    refused(await request(server.url(), 'POST', '/api/upload', { body: form('file', pdf, 'a.pdf'), token: 'x.y.z' }), 401, 'UNAUTHENTICATED');
  });
});

test('50 MB pass, and not a byte more', async () => {
  const large = Buffer.alloc(50 * MB + 1, ' ');
  large.set(pdf);
  refused(await send(user, large, 'a.pdf'), 413, 'TOO_LARGE', 'File too large');
  refused(await send(user, large, 'a.exe'), 413, 'TOO_LARGE', 'File too large');
  const fits = large.subarray(0, 50 * MB);
  const file = await uploadFile(user, fits, 'a.pdf');
  assert.equal(file.size, 50 * MB);
  const end = await fetched(file.url, { range: 'bytes=-5' });
  assert.equal(end.status, 206);
  assert.equal(end.headers.get('content-range'), `bytes ${50 * MB - 5}-${50 * MB - 1}/${50 * MB}`);
});

test('names are kept, but for what misleads', async () => {
  for (const [name, kept] of [
    ['Prüfung 計画 🎉.pdf', 'Prüfung 計画 🎉.pdf'],
    ["it's; a=b & <c>.pdf", "it's; a=b & <c>.pdf"],
    ['../../etc/plan.pdf', 'plan.pdf'],
    ['C:\\docs\\plan.pdf', 'plan.pdf'],
    ['plan\u202e\u200b.pdf', 'plan.pdf'],
    [`${'x'.repeat(500)}.pdf`, `${'x'.repeat(196)}.pdf`],
  ]) {
    assert.equal((await uploadFile(user, pdf, name)).filename, kept);
  }
});

describe('serving', () => {
  let url, bytes;
  before(async () => {
    bytes = Buffer.concat([pdf, Buffer.alloc(100_000, ' ')]);
    ({ url } = await uploadFile(await person(server), bytes, 'plan "b"\r\nX-Evil: 1.pdf'));
  });

  test('needs no token; headers of the name and of the content are not the client’s', async () => {
    const { status, headers } = await fetched(url);
    assert.equal(status, 200);
    assert.equal(headers.get('x-evil'), null);
    assert.ok(headers.get('etag'));
    assert.equal(headers.get('accept-ranges'), 'bytes');
  });

  test('ETag, ranges, HEAD', async () => {
    const { headers } = await fetched(url);
    assert.equal((await fetched(url, { 'if-none-match': headers.get('etag') })).status, 304);
    const size = bytes.length;
    for (const [range, from, to] of [['bytes=0-9', 0, 10], ['bytes=99990-', 99_990, size], ['bytes=-7', size - 7, size]]) {
      const part = await fetched(url, { range });
      assert.equal(part.status, 206, range);
      assert.equal(part.headers.get('content-range'), `bytes ${from}-${to - 1}/${size}`);
      assert.ok(part.bytes.equals(bytes.subarray(from, to)), range);
    }
    assert.equal((await fetched(url, { range: `bytes=${size}-` })).status, 416);
    const head = await fetched(url, {}, 'HEAD');
    assert.deepEqual([head.status, head.headers.get('content-length'), head.bytes.length], [200, String(size), 0]);
  });

  test('nothing but what was issued', async () => {
    for (const path of ['/uploads/', '/uploads/none.pdf', '/uploads/../natter.toml', '/uploads/%2e%2e/%2e%2e/etc/passwd',
      '/uploads/..%2f..%2fetc%2fpasswd', '/uploads/%00', '/uploads/a%5c..%5cb', '/uploads/%23lock', `${url}/x`, `${url}%23`]) {
      const answer = await fetched(path);
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    }
  });
});

/** The file as messages of the snake dialect show it. */
const shown = ({ url, filename, size, mimetype }) => ({ url, filename, size, mimetype });

describe('in messages', () => {
  test('send_direct_message takes each file as it came', async () => {
    const [a, b] = await people(server, 2);
    const id = await directId(a, b);
    const [sa, sb, colon] = [await snake(a), await snake(b), await b.join(id)];
    for (const [name, bytes, , messageType] of ACCEPTED) {
      const file = await uploadFile(a, bytes, name);
      const { message } = await sa.must('send_direct_message', { recipientId: b.id, file });
      assert.equal(message.messageType, messageType);
      assert.deepEqual(message.file, shown(file));
      const got = await sb.next('new_message', ({ message: each }) => each._id === message._id);
      assert.deepEqual([got.message.file, got.message.messageType], [shown(file), messageType]);
      const seen = await colon.next('new:message', ({ message: each }) => each._id === message._id);
      const type = messageType === 'audio' ? 'file' : messageType;
      assert.deepEqual(seen.message.media, [{ url: file.url, type, filename: file.filename, size: file.size }]);
      assert.equal(seen.message.messageType, type);
    }
  });

  test('send_group_message, with a text beside', async () => {
    const members = await people(server, 2);
    const group = await groupId(members);
    const [sa, sb] = [await visit(members[0], group), await visit(members[1], group)];
    const file = await uploadFile(members[0], docx, 'minutes.docx');
    const { message } = await sa.must('send_group_message', { conversationId: group, content: 'the minutes', file });
    assert.deepEqual([message.content, message.messageType, message.file], ['the minutes', 'file', shown(file)]);
    const got = await sb.next('new_group_message');
    assert.deepEqual(got.message.file, shown(file));
  });

  test('media of the colon dialect, and by HTTP', async () => {
    const { a, b, id, sa, sb } = await pair(server);
    const listener = await snake(b);
    const file = await uploadFile(a, pdf, 'plan.pdf');
    const { message } = await sa.must('send:message', { conversationId: id, media: [{ url: file.url, type: 'file' }] });
    const media = [{ url: file.url, type: 'file', filename: 'plan.pdf', size: pdf.length }];
    assert.deepEqual(message.media, media);
    assert.deepEqual((await sb.next('new:message')).message.media, media);
    assert.deepEqual((await listener.next('new_message')).message.file, shown(file));

    const sound = await uploadFile(a, mp3, 'song.mp3');
    await sa.refused('send:message', { conversationId: id, media: [{ url: sound.url, type: 'audio' }] }, 'VALIDATION', 'Audio messages are not allowed');
    const asFile = await sa.must('send:message', { conversationId: id, media: [{ url: sound.url, type: 'file' }] });
    assert.equal(asFile.message.messageType, 'file');
    const sent = ok(await a.post(`/api/conversations/${id}/messages`, { file: sound }, { headers: { 'x-dialect': 'snake' } }), 201);
    assert.deepEqual([sent.messageType, sent.file], ['audio', shown(sound)]);
  });

  test('a file object that was tampered with is refused', async () => {
    const [a, b] = await people(server, 2);
    const sa = await snake(a);
    const file = await uploadFile(a, pdf, 'plan.pdf');
    for (const wrong of [{ url: `${file.url}x` }, { url: 'https://evil.test/plan.pdf' }, { messageType: 'image' }, { messageType: 'audio' }]) {
      const ack = await sa.emit('send_direct_message', { recipientId: b.id, file: { ...file, ...wrong } });
      assert.deepEqual([ack.success, ack.code], [false, 'VALIDATION'], JSON.stringify(ack));
    }
  });
});
