// The processes of a cluster: in whatever order they start and stop, and what scripts/cluster makes of them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { closeAll } from './harness/client.mjs';
import { Cluster } from './harness/cluster/index.mjs';
import { says } from './harness/cluster/servers.mjs';
import { request } from './harness/http.mjs';
import { jpeg, upload } from './harness/media.mjs';
import { BINARY, testSettings } from './harness/natter.mjs';
import { pair, person, say } from './harness/people.mjs';
import { freePort } from './harness/ports.mjs';
import { byId } from './harness/shapes.mjs';
import { until } from './harness/wait.mjs';

const SLOW = 60_000;

/** Two users on two gateways talk. */
async function works(cluster) {
  const { id, sa, sb } = await pair(cluster);
  await sb.next('new:message', byId((await say(sa, id, 'one')).messageId));
  await sa.next('new:message', byId((await say(sb, id, 'two')).messageId));
  closeAll();
}

describe('in any order', () => {
  let cluster;
  before(async () => { cluster = await Cluster.make({ env: testSettings() }); });
  after(async () => {
    closeAll();
    await cluster?.stop();
  });
  const probe = (service, path) => request(service.health, 'GET', path).then(({ status }) => status, () => undefined);

  test('services that were there first wait for their servers: alive, and not ready', async () => {
    for (const each of cluster.services) each.launch();
    for (const each of cluster.services.filter(({ kind }) => kind !== 'gateway' && kind !== 'media-service')) {
      await until(async () => await probe(each, '/healthz') === 200, `${each.name} to be alive`, SLOW);
    }
    for (const each of cluster.services) {
      assert.equal(each.isRunning, true, each.output());
      assert.notEqual(await probe(each, '/readyz'), 200, each.name);
    }
  });

  test('and are ready once they come, the last ones first', async () => {
    await cluster.redis.start();
    await cluster.mongodb.start();
    await cluster.nats.start();
    await Promise.all(cluster.services.map((each) => each.untilReady()));
    await works(cluster);
  });

  test('each says how it is', async () => {
    for (const each of cluster.services) {
      for (const path of ['/healthz', '/readyz', '/startupz']) assert.equal(await probe(each, path), 200, `${each.name} ${path}`);
      const metrics = await request(each.health, 'GET', '/metrics');
      assert.match(metrics.bytes.toString(), /^# (HELP|TYPE) /m, each.name);
    }
  });

  test('any of two may go: the other one does its work', async () => {
    for (const kind of ['messageServices', 'presenceServices', 'gateways']) {
      const [one] = cluster[kind];
      const server = kind === 'gateways' ? { url: () => cluster.gateways[1].url } : cluster;
      assert.equal(await one.terminate(), 0, one.output());
      await works(server);
      await one.restart();
      await one.kill9();
      await works(server);
      await one.restart();
      await works(cluster);
    }
  });

  test('SIGTERM while the servers are gone ends a service, too', async () => {
    for (const each of [cluster.nats, ...cluster.mongodb.members, cluster.redis]) await each.kill9();
    const codes = await Promise.all(cluster.services.map((each) => each.terminate(SLOW)));
    for (const [index, code] of codes.entries()) assert.equal(code, 0, cluster.services[index].output());
  });
});

describe('scripts/cluster', () => {
  const script = fileURLToPath(new URL('../scripts/cluster', import.meta.url));
  let directory;
  before(async () => { directory = await mkdtemp(join(tmpdir(), 'natter-e2e-')); });
  after(() => rm(directory, { recursive: true, force: true }));

  /** Runs it; `line` resolves with its first line of output, `exited` with how it ended. */
  function run(args, env = {}) {
    const child = spawn(script, args, { env: { ...process.env, NATTER_BIN: BINARY, NATTER_LOG: 'warn', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { err += text; });
    const exited = new Promise((resolve) => { child.once('close', (code, signal) => resolve({ code, signal, out, err })); });
    return { child, exited, err: () => err, line: () => until(() => child.exitCode !== null || out.includes('\n'), 'a line', SLOW).then(() => out.split('\n')[0]) };
  }

  const alive = (pid) => existsSync(`/proc/${pid}`);

  test('starts everything, says where it is, and leaves nothing behind', async () => {
    const port = await freePort();
    const data = join(directory, 'data');
    const started = run(['--json', '--port', String(port), '--data-dir', data, '--gateways', '3', '--message-services', '1'], { NATTER_GATEWAY__PRE_STOP: '0s' });
    try {
      const line = await started.line();
      assert.ok(line, started.err());
      const told = JSON.parse(line);
      assert.equal(told.url, `http://127.0.0.1:${port}`);
      const counts = ['gateways', 'messageServices', 'presenceServices', 'mediaServices'].map((kind) => told[kind].length);
      assert.deepEqual(counts, [3, 1, 2, 2]);
      const { nats, mongodb, redis, balancer } = told.servers;
      const processes = [...told.gateways, ...told.messageServices, ...told.presenceServices, ...told.mediaServices, nats, ...mongodb.members, redis, balancer];
      for (const each of processes) assert.ok(alive(each.pid), each.name);
      for (const { url } of [told, ...told.gateways]) assert.equal((await request(url, 'GET', '/readyz')).status, 200);
      const server = { url: (index) => (index === undefined ? told.url : told.gateways[index % 3].url) };
      await works(server);
      const user = await person({ url: () => told.url });
      await upload(user, jpeg, 'a.jpg');

      process.kill(told.gateways[2].pid, 'SIGKILL');
      await until(() => started.err().includes('gateway-2'), 'word of the loss');
      await works({ url: (index = 0) => told.gateways[index % 2].url });

      started.child.kill('SIGTERM');
      const { code, err } = await started.exited;
      assert.equal(code, 0, err);
      for (const each of processes) assert.ok(!alive(each.pid), each.name);
      for (const each of [told, ...told.gateways, ...told.mediaServices, nats, redis, ...mongodb.members]) assert.equal(await says(new URL(each.url).port, ''), false, each.url);
      assert.ok((await readdir(told.logs)).includes('gateway-0.log'));
      assert.match(await readFile(join(told.logs, 'mongod-0.log'), 'utf8'), /mongo/i);
    } finally {
      started.child.kill('SIGTERM');
      await started.exited;
    }
  });

  test('the same data again: what was there is there', async () => {
    const started = run(['--json', '--port', String(await freePort()), '--data-dir', join(directory, 'data')], { NATTER_GATEWAY__PRE_STOP: '0s' });
    try {
      const line = await started.line();
      assert.ok(line, started.err());
      await works({ url: () => JSON.parse(line).url });
    } finally {
      started.child.kill('SIGINT');
      assert.equal((await started.exited).code, 0, started.err());
    }
  });

  test('arguments that make no sense end it with 2, and a port in use with 1', async () => {
    for (const args of [['--gateways', '0'], ['--gateways', 'two'], ['--mongo-members', '2'], ['--no-such'], ['more'], ['--port', '70000'], ['--port'], ['--binary', join(directory, 'none')]]) {
      const { code, err } = await run(args).exited;
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /^scripts\/cluster: /);
    }
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { code, err } = await run(['--port', String(holder.address().port)]).exited;
    holder.close();
    assert.equal(code, 1);
    assert.match(err, /in use/);
  });
});
