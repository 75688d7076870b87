// The services beside the messages die: presence-service in the middle of telling who is gone, media-service in the
// middle of an upload.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { request as open } from 'node:http';
import { join } from 'node:path';
import { after } from 'node:test';

import { request } from '../harness/http.mjs';
import { videos } from '../harness/media.mjs';
import { until } from '../harness/wait.mjs';
import { measured } from './figures.mjs';
import { toldOffline } from './outcomes.mjs';
import { Link } from './proxy/link.mjs';
import { publishFilter } from './proxy/nats-frames.mjs';
import { row, sharedScene } from './scene.mjs';

/** Which notice of a sweep is the last that gets out. */
const NOTICES = 5;
const links = [];
/** What presence services publish goes through here. */
let drops = () => false;
const scene = sharedScene({
  through: async (service, server, url) => {
    if (!service.startsWith('presence-service') || server !== 'nats') return url;
    const link = await Link.to(new URL(url).port, { filter: { up: () => publishFilter((subject) => drops(subject)) } });
    links.push(link);
    return `nats://127.0.0.1:${link.port}`;
  },
});
after(() => Promise.all(links.map((each) => each.close())));

row('presence-service is killed in mid-sweep', async (index) => {
  await scene.whole();
  const { load, cluster } = scene;
  const gateway = cluster.gateways[index % 2];
  const leaving = load.on(gateway.url).slice(4, 12);
  for (const each of leaving) each.leaveWithConnection();
  let notices = 0;
  let killing;
  drops = (subject) => {
    // Nothing more comes from who is being killed: not that it has told, either.
    if (killing) return true;
    if (!subject.startsWith('natter.v1.user.')) return false;
    notices += 1;
    if (notices <= NOTICES) return false;
    killing ??= Promise.all(cluster.presenceServices.map((each) => each.kill9()));
    return true;
  };
  const killed = Date.now();
  await gateway.kill9();
  await until(() => killing, 'the sweep', 60_000);
  await killing;
  drops = () => false;
  await Promise.all(cluster.presenceServices.map((each) => each.restart()));
  measured('presence-killed.offline', await toldOffline(load, leaving, killed) - killed);
  await gateway.restart();
  await scene.check();
});

const MOVIE = Buffer.concat([videos.mp4, Buffer.alloc(6_000_000, 'movie')]);
const BOUNDARY = 'a-boundary-that-is-in-no-movie';
const HEAD = Buffer.from(`--${BOUNDARY}\r\ncontent-disposition: form-data; name="media"; filename="a.mp4"\r\ncontent-type: video/mp4\r\n\r\n`);
const BODY = Buffer.concat([HEAD, MOVIE, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);

/** An upload of which only the first `share` is sent: `{sent, response}`, where the latter is null if the connection ended first. */
function upload(service, token, share) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, 'content-length': BODY.length };
  const sending = open(`${service.url}/api/media/upload`, { method: 'POST', headers });
  const response = new Promise((resolve) => {
    const nothing = () => resolve(null);
    sending.on('error', nothing).on('close', nothing).on('response', (answer) => {
      sending.off('error', nothing).off('close', nothing).on('error', () => {});
      answer.toArray().then((chunks) => resolve({ status: answer.statusCode, text: Buffer.concat(chunks).toString() }), nothing);
    });
  });
  const part = BODY.subarray(0, Math.floor(BODY.length * share));
  const sent = new Promise((resolve) => { sending.write(part, resolve); sending.on('error', resolve); });
  if (share === 1) sending.end();
  return { sent, response };
}

/** Every file of the store, as paths below it. */
async function files(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((each) => each.isFile()).map((each) => join(each.parentPath ?? each.path, each.name).slice(directory.length + 1));
}

row('media-service is killed in mid-upload', async () => {
  await scene.whole();
  const { load, cluster } = scene;
  const { token } = load.talkers[0].person;
  const [dying, other] = cluster.mediaServices;
  const directory = join(cluster.directory, 'media');
  const before = new Set(await files(directory));
  const whole = async (url) => {
    const got = await request(other.url, 'GET', url);
    return got.status === 200 && got.bytes.equals(MOVIE);
  };
  const took = [];
  for (const share of [0.1, 0.5, 0.999, 1]) {
    const { sent, response } = upload(dying, token, share);
    await sent;
    await dying.kill9();
    const answer = await response;
    if (answer) assert.ok(answer.status === 200 && await whole(JSON.parse(answer.text).data.url), 'what was answered is there');
    // What the dead one left is served whole or not at all.
    for (const path of (await files(directory)).filter((each) => !before.has(each) && !each.includes('#lock'))) {
      for (const url of [`/media/${encodeURIComponent(path)}`, `/${path.split('/').map(encodeURIComponent).join('/')}`, `/media/${path.split('/').map(encodeURIComponent).join('/')}`]) {
        const got = await request(other.url, 'GET', url);
        assert.ok(got.status === 404 || got.bytes.equals(MOVIE), `${url} is served: ${got.status}, ${got.bytes.length} bytes of ${MOVIE.length}`);
      }
    }
    const start = Date.now();
    const again = await upload(other, token, 1).response;
    assert.ok([200, 201].includes(again?.status), JSON.stringify(again));
    assert.ok(await whole(JSON.parse(again.text).data.url));
    took.push(Date.now() - start);
    await dying.restart();
    assert.ok((await request(dying.url, 'GET', JSON.parse(again.text).data.url)).bytes.equals(MOVIE), 'any media service serves any file');
  }
  measured('media-killed.uploads', Math.max(...took));
  await scene.check();
});
