// The one address of a cluster: HAProxy with the configuration of deploy/, in front of two gateways and two media services.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { get } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Client, closeAll } from './harness/client.mjs';
import { Cluster } from './harness/cluster/index.mjs';
import { find } from './harness/cluster/servers.mjs';
import { ok, request } from './harness/http.mjs';
import { form, jpeg, png, upload } from './harness/media.mjs';
import { testSettings } from './harness/natter.mjs';
import { groupId, pair, people, person, say } from './harness/people.mjs';
import { byId } from './harness/shapes.mjs';
import { times, until } from './harness/wait.mjs';

/** A started cluster behind its balancer, whose gateways stop as the documents say they should. */
const start = (options = {}) => Cluster.start({
  balancer: true, env: testSettings({ NATTER_GATEWAY__PRE_STOP: '3s', NATTER_GATEWAY__DRAIN_WINDOW: '2s' }), ...options,
});

/** A cluster as tests see a server: with one address. */
const front = (cluster) => ({ url: () => cluster.balancer.url });

/** A client that comes back by itself, and joins again where it was. */
class Steady extends Client {
  constructor(url, token, conversationId, options = {}) {
    super(url, { auth: { token }, reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 500, ...options });
    this.rev = 0;
    this.joins = 0;
    this.socket.on('connect', async () => {
      const ack = await this.socket.timeout(10_000).emitWithAck('join:conversation', { conversationId, afterRev: this.rev }).catch(() => undefined);
      if (ack?.success) this.joins += 1;
    });
    this.socket.on('new:message', ({ message }) => { this.rev = Math.max(this.rev, message.rev); });
  }

  joined(count = 1) { return until(() => this.joins >= count, `${count} joins`, 20_000); }
}

/** How many sockets a gateway holds, by its metrics. */
async function sockets(gateway) {
  const { bytes } = await request(gateway.health, 'GET', '/metrics');
  return Number(/^natter_sockets_open (\d+)/m.exec(bytes.toString())?.[1] ?? 0);
}

/** Asks with a header that promises a body of so many bytes, and with none of it. */
const promised = (url, length) => new Promise((resolve, reject) => {
  get(url, { headers: { 'content-length': length } }, async (response) => {
    const chunks = await response.toArray();
    resolve({ status: response.statusCode, headers: response.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
  }).once('error', reject);
});

test('the documented configuration is valid as it stands', () => {
  const file = fileURLToPath(new URL('../deploy/haproxy.cfg', import.meta.url));
  execFileSync(find('haproxy'), ['-c', '-f', file], { stdio: 'pipe' });
});

describe('by the one address', () => {
  let cluster, server;
  before(async () => {
    cluster = await start();
    server = front(cluster);
  });
  after(async () => {
    closeAll();
    await cluster?.stop();
  });

  test('WebSockets are spread over the gateways', async () => {
    const users = await people(server, 6);
    for (const user of users) await user.connect();
    for (const gateway of cluster.gateways) assert.ok(await sockets(gateway) >= 2, `${gateway.name}: ${await sockets(gateway)}`);
    closeAll();
  });

  for (const [what, options] of [
    ['polling, then the upgrade', { transports: ['polling', 'websocket'] }],
    ['polling only', { transports: ['polling'] }],
    ['polling only, with cookies', { transports: ['polling'], withCredentials: true }],
    ['websocket only', { transports: ['websocket'] }],
  ]) {
    test(`${what}: ten clients in a conversation`, async () => {
      const users = await people(server, 10);
      const id = await groupId(users);
      const clients = await times(10, (index) => users[index].join(id, options));
      await Promise.all(clients.map((each, index) => say(each, id, `from ${index}`)));
      for (const each of clients) {
        await until(() => each.seen('new:message').length === 10, 'ten messages');
        assert.deepEqual(each.seen('new:message').map(({ message }) => message.seq), Array.from({ length: 10 }, (_, index) => index + 1));
        assert.equal(each.disconnects.length, 0);
      }
      const last = options.transports.at(-1);
      for (const each of clients) await until(() => each.socket.io.engine.transport.name === last, last);
      closeAll();
    });
  }

  test('the cookie of polling is the balancer\'s own, and scripts can\'t read it', async () => {
    const answer = await request(server.url(), 'GET', '/socket.io/?EIO=4&transport=polling');
    assert.match(answer.headers.get('set-cookie'), /^natter_gateway=gateway-[01]; path=\/; HttpOnly/i);
    assert.equal((await request(server.url(), 'GET', '/healthz')).headers.get('set-cookie'), null);
  });

  test('media goes to media services, and what one took any serves', async () => {
    const user = await person(server);
    const image = await upload(user, jpeg, 'a.jpg');
    for (const own of [server.url(), ...cluster.mediaServices.map(({ url }) => url)]) {
      const answer = await request(own, 'GET', image.url);
      assert.ok(answer.bytes.equals(jpeg), own);
    }
    for (const gateway of cluster.gateways) assert.equal((await request(gateway.url, 'GET', image.url)).status, 404, 'gateways need none of it');
    const [a, b, c] = await people(server, 3);
    const id = await groupId([a, b, c]);
    const socket = await b.join(id);
    const { url } = await upload(b, png(64, 48), 'b.png');
    await socket.next('new:message', byId((await say(socket, id, 'mine', { media: [{ url, type: 'image' }] })).messageId));
    ok(await a.put(`/api/conversations/${id}/photo`, form('photo', png(64, 64), 'p.png')));
    await socket.next('group:photo:updated', ({ groupId }) => groupId === id);
  });

  test('a body that says that it is far too large is refused in the shape of all answers', async () => {
    const { status, body, headers } = await promised(server.url(), 100 * 1024 * 1024);
    assert.deepEqual([status, body], [413, { success: false, error: 'Request body too large', code: 'TOO_LARGE' }]);
    assert.ok(headers['x-request-id']);
  });
});

describe('when gateways come and go', () => {
  const CLIENTS = 6;
  let cluster, server, members, id, clients;
  before(async () => {
    cluster = await start();
    server = front(cluster);
    members = await people(server, CLIENTS);
    id = await groupId(members);
    clients = members.map((each) => new Steady(server.url(), each.token, id));
    for (const client of clients) await client.joined();
  });
  after(async () => {
    closeAll();
    await cluster?.stop();
  });

  /** Asks through the balancer, again and again, while `work` is done; every answer must be good. */
  async function undisturbed(work) {
    let working = true;
    const asking = (async () => {
      let count = 0;
      while (working) {
        ok(await members[0].get('/api/users/me'));
        count += 1;
      }
      return count;
    })();
    const result = await work().finally(() => { working = false; });
    assert.ok(await asking > 0);
    return result;
  }

  /** Everybody sends by HTTP, and every client hears each message once, in order. */
  async function everybodyHears() {
    const from = clients.map((each) => each.mark());
    for (const each of members) ok(await each.post(`/api/conversations/${id}/messages`, { text: 'x', clientMessageId: `${each.id}-${Date.now()}` }), 201);
    for (const [index, client] of clients.entries()) {
      await until(() => client.seen('new:message', undefined, from[index]).length >= CLIENTS, 'all messages', 20_000);
      const seqs = client.seen('new:message').map(({ message }) => message.seq);
      assert.deepEqual(seqs, seqs.map((_, at) => at + 1));
    }
  }

  test('SIGTERM: clients move to the other one, requests go on, and it ends with 0', async () => {
    const [draining, other] = cluster.gateways;
    const moving = await sockets(draining);
    assert.ok(moving > 0);
    const before = clients.map((each) => each.disconnects.length);
    assert.equal(await undisturbed(() => draining.terminate()), 0);
    await until(async () => await sockets(other) === CLIENTS, 'all clients on the other one', 20_000);
    const moved = clients.filter((each, index) => each.disconnects.length > before[index]);
    assert.equal(moved.length, moving, 'who was on the other one stayed');
    for (const client of moved) assert.equal(client.disconnects.length, 1, 'and nobody was sent away twice');
    await everybodyHears();
  });

  test('kill -9: the other one takes over, and requests go on', async () => {
    const [back, killed] = cluster.gateways;
    await back.restart();
    const joins = clients.map((each) => each.joins);
    await undisturbed(async () => {
      // The balancer has noticed that it is back once it gives it something to do.
      await until(async () => (await person(server)).connect().then(async () => await sockets(back) > 0), 'the first socket', 20_000);
      await killed.kill9();
      for (const [index, client] of clients.entries()) await client.joined(joins[index] + 1);
    });
    await everybodyHears();
  });

  test('a media service that drains or dies is missed by nobody', async () => {
    const user = await person(server);
    const [one, two] = cluster.mediaServices;
    const first = await upload(user, jpeg, 'a.jpg');
    assert.equal(await undisturbed(() => one.terminate()), 0);
    await upload(user, jpeg, 'b.jpg');
    await one.restart();
    await until(async () => (await times(4, () => request(server.url(), 'GET', first.url))).every(({ status }) => status === 200), 'the file');
    await two.kill9();
    for (let index = 0; index < 4; index += 1) assert.ok((await request(server.url(), 'GET', first.url)).bytes.equals(jpeg));
  });

  test('without any gateway: unavailable, in the shape of all answers', async () => {
    await Promise.all(cluster.gateways.map((each) => each.isRunning && each.kill9()));
    const { status, body, headers } = await request(server.url(), 'GET', '/api/users/me');
    assert.deepEqual([status, body], [503, { success: false, error: 'Service unavailable', code: 'UNAVAILABLE' }]);
    assert.ok(headers.get('x-request-id'));
    assert.equal(headers.get('retry-after'), '1');
  });
});
