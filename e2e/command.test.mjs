// The command's other uses, and the demo mode (contract, section 8). Not for a cluster.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Client, closeAll } from './harness/client.mjs';
import { ok, request } from './harness/http.mjs';
import { directId, people, person } from './harness/people.mjs';
import { runBinary } from './harness/natter.mjs';
import { freePort } from './harness/ports.mjs';
import { withServer } from './harness/standalone.mjs';
import { until } from './harness/wait.mjs';

describe('the command', () => {
  let directory;
  before(async () => { directory = await mkdtemp(join(tmpdir(), 'natter-e2e-')); });
  after(() => rm(directory, { recursive: true, force: true }));

  test('check-config prints what is in force, without secrets', async () => {
    const file = join(directory, 'natter.toml');
    await writeFile(file, '[gateway]\ndefault_dialect = "snake"\n[limits]\nmessages_per_minute = 7\n');
    const { code, output } = await runBinary(['check-config', '--config', file], { env: { NATTER_AUTH__JWT_SECRET: 'a-very-secret-secret-of-enough-length' } });
    assert.equal(code, 0, output);
    assert.match(output, /snake/);
    assert.match(output, /messages_per_minute\W+7/);
    assert.doesNotMatch(output, /a-very-secret/);
  });

  test('check-config lists every fault', async () => {
    const file = join(directory, 'faulty.toml');
    await writeFile(file, '[gateway]\nno_such_key = 1\n');
    const { code, output } = await runBinary(['check-config', '--config', file], { env: { NATTER_AUTH__ACCESS_TOKEN_TTL: 'soon', NATTER_LIMITS__MESSAGES_PER_MINUTE: 'many' } });
    assert.notEqual(code, 0);
    for (const name of ['no_such_key', 'access_token_ttl', 'messages_per_minute']) assert.match(output.toLowerCase(), new RegExp(name));
  });

  test('a missing file, a faulty address and an unknown flag are told', async () => {
    for (const args of [['check-config', '--config', join(directory, 'none.toml')], ['standalone', '--listen', 'nowhere'], ['--no-such-flag'], ['no-such-command'], ['token', '--user', 'x']]) {
      const { code, signal, output } = await runBinary(args, { cwd: directory });
      assert.ok(code > 0, `${args}: ${code ?? signal}\n${output}`);
      assert.doesNotMatch(output, /panicked/);
    }
  });

  test('an address in use is told', () => withServer({}, async (server) => {
    const { port } = new URL(server.url());
    const { code, output } = await runBinary(['standalone', '--listen', `127.0.0.1:${port}`, '--data-dir', join(directory, 'data')]);
    assert.ok(code > 0, output);
    assert.match(output, /in use/i);
  }));

  test('--help and --version', async () => {
    for (const flag of ['--help', '--version']) assert.equal((await runBinary([flag])).code, 0);
  });

  test('token --user makes tokens that the server of the same data accepts', () => withServer({ env: { NATTER_AUTH__JWT_SECRET: null } }, async (server) => {
    const user = await person(server);
    const { code, output } = await runBinary(['token', '--user', user.id, '--data-dir', server.dataDir]);
    assert.equal(code, 0, output);
    const [token] = output.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/);
    const client = await user.connect({ token });
    assert.equal(client.seen('session:ready')[0].userId, user.id);
  }));

  test('the secret is made once, kept in the data directory, and for its owner only', () => withServer({ env: { NATTER_AUTH__JWT_SECRET: null } }, async (server) => {
    const user = await person(server);
    assert.equal(await server.terminate(), 0);
    await server.restart();
    ok(await user.get('/api/users/me'));
  }));
});

describe('--demo', () => {
  const tokens = (server) => [...new Set(server.output().match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g))];

  test('prints two users\' tokens that work, the page\'s address and a snippet; again after a restart', () => withServer({ args: ['--demo'] }, async (server) => {
    for (let round = 0; round < 2; round += 1) {
      await until(() => tokens(server).length === 2, 'two tokens');
      assert.ok(server.output().includes(server.url()), 'says where the page is');
      assert.match(server.output(), /socket\.io-client/);
      const sockets = [];
      for (const token of tokens(server)) {
        const client = new Client(server.url(), { auth: { token } });
        await client.connected();
        sockets.push((await client.next('session:ready')).userId);
        const { items } = ok(await request(server.url(), 'GET', '/api/conversations', { token }));
        assert.equal(items.length, 1, 'the two are in a conversation');
      }
      assert.equal(new Set(sockets).size, 2);
      closeAll();
      if (round === 0) {
        assert.equal(await server.terminate(), 0);
        await server.restart();
      }
    }
  }));

  test('listens on loopback only', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'natter-e2e-'));
    const outside = Object.values(networkInterfaces()).flat().find((each) => each.family === 'IPv4' && !each.internal)?.address;
    for (const host of ['0.0.0.0', '[::]', ...(outside ? [outside] : [])]) {
      const { code, output } = await runBinary(['--demo', '--listen', `${host}:${await freePort()}`, '--data-dir', dataDir]);
      assert.ok(code > 0, `${host}: ${code}\n${output}`);
      assert.match(output, /loopback/i);
    }
    await rm(dataDir, { recursive: true, force: true });
  });

  test('there are no demo users without it', () => withServer({}, async (server) => {
    assert.equal(tokens(server).length, 0);
    assert.equal((await request(server.url(), 'GET', '/demo.json')).status, 404);
    const [a, b] = await people(server, 2);
    await directId(a, b);
    assert.equal(ok(await a.get('/api/conversations')).items.length, 1);
  }));
});
