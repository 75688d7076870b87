// Where media are: a directory or a bucket, which all media services of a cluster share (contract, section 8).

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { closeAll } from './harness/client.mjs';
import { Cluster } from './harness/cluster/index.mjs';
import { pdf } from './harness/documents.mjs';
import { ok, request } from './harness/http.mjs';
import { form, png, upload } from './harness/media.mjs';
import { BINARY, cleanEnvironment, runBinary, testSettings } from './harness/natter.mjs';
import { pair, person } from './harness/people.mjs';
import { freePort } from './harness/ports.mjs';
import { Program } from './harness/program.mjs';
import { Bucket } from './harness/s3.mjs';
import { byId } from './harness/shapes.mjs';
import { StandaloneServer } from './harness/standalone.mjs';
import { until } from './harness/wait.mjs';

/** More than a bucket's part, and not a multiple of one. */
const LARGE = Buffer.concat([pdf, Buffer.alloc(11_000_001, ' ')]);

const uploaded = async (service, user, bytes, name) => {
  const answer = await request(service.url, 'POST', '/api/upload', { token: user.token, body: form('file', bytes, name) });
  ok(answer, 200);
  return answer.body.file;
};
const get = (service, url, headers) => request(service.url, 'GET', url, { headers });
const nameOf = (url) => url.split('/').at(-1);

/** Sends the start of a large upload, and waits until it is under way at the storage. Returns the name it would get. */
async function half(service, user, storage) {
  const { hostname, port } = new URL(service.url);
  const before = new Set(await storage.underWay());
  const socket = connect(Number(port), hostname).on('error', () => {});
  socket.write(`POST /api/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.token}\r\nContent-Length: 20000000\r\n`
    + 'Content-Type: multipart/form-data; boundary=x\r\n\r\n'
    + '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4\n');
  socket.write(Buffer.alloc(12_000_000, ' '));
  const fresh = async () => (await storage.underWay()).find((name) => !before.has(name));
  await until(fresh, 'the start of the upload at the storage');
  return { socket, name: nameOf(await fresh()) };
}

/** A directory of the cluster as a storage that can be looked into. */
const directoryOf = (cluster) => {
  const all = () => readdir(join(cluster.directory, 'media'));
  return {
    names: async () => (await all()).filter((name) => !name.includes('#')),
    underWay: async () => (await all()).filter((name) => /#\d+$/.test(name)).map((name) => name.split('#')[0]),
  };
};

for (const where of ['a directory', 'a bucket']) {
  describe(`two media services that share ${where}`, () => {
    let cluster, storage, user, one, two;
    before(async () => {
      const bucket = where === 'a bucket' ? await (await Bucket.make()).start() : undefined;
      cluster = await Cluster.start({
        messageServices: 1, presenceServices: 1, gateways: 1, fronts: true, env: testSettings(), envOf: { 'media-service': bucket?.env ?? {} },
      });
      storage = bucket ?? directoryOf(cluster);
      user = await person(cluster);
      [one, two] = cluster.mediaServices;
    });
    after(async () => {
      closeAll();
      await cluster?.stop();
      await storage?.finish?.();
    });

    test('what comes through one is served by the other, whole and in parts', async () => {
      for (const [from, to] of [[one, two], [two, one]]) {
        const { url } = await uploaded(from, user, LARGE, 'plan.pdf');
        const [here, there] = [await get(from, url), await get(to, url)];
        for (const { status, bytes, headers } of [here, there]) {
          assert.equal(status, 200);
          assert.ok(bytes.equals(LARGE));
          assert.equal(headers.get('content-type'), 'application/pdf');
        }
        const etag = there.headers.get('etag');
        assert.equal(etag, here.headers.get('etag'));
        assert.equal((await get(to, url, { 'if-none-match': etag })).status, 304);
        const part = await get(to, url, { range: 'bytes=6000000-6000009' });
        assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 6000000-6000009/${LARGE.length}`]);
        assert.ok(part.bytes.equals(LARGE.subarray(6_000_000, 6_000_010)));
        assert.equal((await get(to, url, { range: `bytes=${LARGE.length}-` })).status, 416);
      }
    });

    test('an image, with its thumbnail, and a message with it', async () => {
      const { id, sa, sb, a } = await pair(cluster);
      const image = png(800, 600);
      const data = ok(await request(one.url, 'POST', '/api/media/upload', { token: a.token, body: form('media', image, 'sea.png') }));
      for (const service of [one, two]) {
        assert.ok((await get(service, data.url)).bytes.equals(image));
        assert.equal((await get(service, data.thumbnailUrl)).status, 200);
      }
      const { message } = await sa.must('send:message', { conversationId: id, media: [{ url: data.url, type: 'image' }] });
      assert.equal((await sb.next('new:message', byId(message._id))).message.media[0].url, data.url);
    });

    test('what is refused, and what its client does not finish, leaves nothing', async () => {
      const before = await storage.names();
      const refused = await request(one.url, 'POST', '/api/upload', { token: user.token, body: form('file', LARGE.subarray(8), 'x.pdf') });
      assert.equal(refused.status, 400);
      const { socket, name } = await half(one, user, storage);
      socket.destroy();
      await until(async () => (await storage.underWay()).length === 0, 'it to be cleaned up');
      assert.equal((await get(two, `/uploads/${name}`)).status, 404);
      assert.deepEqual(await storage.names(), before);
    });

    test('kill -9 of one in the middle of an upload: nothing of it is served, the other goes on, and so does the one when it is back', async () => {
      const whole = await uploaded(one, user, pdf, 'whole.pdf');
      const { name } = await half(one, user, storage);
      await one.kill9();
      assert.equal((await get(two, `/uploads/${name}`)).status, 404);
      assert.ok((await get(two, whole.url)).bytes.equals(pdf));
      const meanwhile = await uploaded(two, user, LARGE, 'meanwhile.pdf');
      await one.restart();
      for (const service of [one, two]) {
        assert.equal((await get(service, `/uploads/${name}`)).status, 404);
        assert.ok((await get(service, meanwhile.url)).bytes.equals(LARGE));
        assert.ok((await get(service, whole.url)).bytes.equals(pdf));
      }
    });
  });
}

describe('one process with a bucket', () => {
  let bucket, server;
  before(async () => {
    bucket = await (await Bucket.make()).start();
    server = await StandaloneServer.start({ env: bucket.env });
  });
  after(async () => {
    await server?.stop();
    await bucket?.finish();
  });
  const stored = async (data) => (await bucket.names()).includes(`chat/${nameOf(data.url)}`);

  test('keeps media there, and finds them again after kill -9', async () => {
    const user = await person(server);
    const bytes = png(300, 200);
    const data = await upload(user, bytes, 'sea.png');
    const file = await uploaded({ url: server.url() }, user, LARGE, 'plan.pdf');
    assert.ok(await stored(data) && await stored(file));
    await server.kill9();
    await server.restart();
    assert.ok((await user.get(data.url)).bytes.equals(bytes));
    assert.ok((await user.get(file.url)).bytes.equals(LARGE));
  });

  test('while the bucket is away media fail with 5xx and the rest goes on; when it is back, all does', async () => {
    const user = await person(server);
    const { url } = await upload(user, png(20, 20), 'a.png');
    await bucket.kill9();
    const [away, refused] = await Promise.all([user.get(url), user.post('/api/media/upload', form('media', png(20, 20), 'a.png'))]);
    assert.ok(away.status >= 500 && refused.status >= 500, `${away.status} ${refused.status}`);
    ok(await user.get('/api/users/me'));
    await bucket.start();
    assert.ok(await stored(await upload(user, png(20, 20), 'a.png')));
  });
});

describe('starting with a bucket', () => {
  let directory;
  before(async () => { directory = await mkdtemp(join(tmpdir(), 'natter-e2e-')); });
  after(() => rm(directory, { recursive: true, force: true }));
  const standalone = async (name) => ['standalone', '--listen', `127.0.0.1:${await freePort()}`, '--data-dir', join(directory, name)];

  test('that is not there ends the process, which says so', async () => {
    const bucket = await (await Bucket.make()).start();
    try {
      const env = testSettings({ ...bucket.env, NATTER_MEDIA__STORAGE: 's3://nowhere/chat' });
      const { code, output } = await runBinary(await standalone('missing'), { env, timeout: 60_000 });
      assert.equal(code, 1, output);
      assert.match(output, /there is no s3:\/\/nowhere\/chat/);
    } finally {
      await bucket.finish();
    }
  });

  test('with settings that make no sense does so, too', async () => {
    const env = testSettings({ NATTER_MEDIA__STORAGE: 's3://natter', AWS_ALLOW_HTTP: 'perhaps' });
    const { code, output } = await runBinary(await standalone('senseless'), { env, timeout: 60_000 });
    assert.equal(code, 1, output);
    assert.match(output, /media storage: /);
  });

  test('that cannot be reached yet waits for it, and can be stopped meanwhile', async () => {
    const bucket = await Bucket.make();
    const natter = new Program('natter', {
      command: BINARY, args: await standalone('waiting'), env: cleanEnvironment(testSettings(bucket.env)), isReady: () => natter.output().includes('listening'),
    });
    try {
      natter.launch();
      await until(() => natter.output().includes('reaching the media storage'), 'it to say what it waits for', 60_000);
      assert.ok(natter.isRunning && !natter.output().includes('listening'));
      assert.equal(await natter.terminate(), 0);
      natter.launch();
      await bucket.start();
      await natter.untilReady();
    } finally {
      await natter.finish();
      await bucket.finish();
    }
  });
});
