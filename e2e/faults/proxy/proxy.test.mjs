// The proxies themselves.

import assert from 'node:assert/strict';
import { createServer, connect } from 'node:net';
import { after, before, describe, test } from 'node:test';

import { until } from '../../harness/wait.mjs';
import { Link } from './link.mjs';
import { publishFilter } from './nats-frames.mjs';

/** A client that keeps what it gets. */
function dial(port) {
  const client = { got: '', closed: false, socket: connect(port, '127.0.0.1') };
  client.socket.on('data', (chunk) => { client.got += chunk; }).on('error', () => {}).on('close', () => { client.closed = true; });
  return client;
}

describe('a link', () => {
  let echo;
  let link;
  before(async () => {
    echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
    await new Promise((resolve) => echo.listen(0, '127.0.0.1', resolve));
    link = await Link.to(echo.address().port);
  });
  after(async () => {
    await link.close();
    await new Promise((resolve) => echo.close(resolve));
  });
  const whole = async () => {
    const client = dial(link.port);
    client.socket.write('ab');
    await until(() => client.got === 'ab', 'the echo');
    return client;
  };

  test('lets everything through', async () => {
    const client = await whole();
    const much = 'x'.repeat(3_000_000);
    client.socket.write(much);
    await until(() => client.got.length === much.length + 2, 'all of it');
    client.socket.end();
    await until(() => client.closed, 'the end');
  });

  test('cut: connections end and are refused, until it is restored', async () => {
    const client = await whole();
    link.cut();
    await until(() => client.closed, 'the end');
    const second = dial(link.port);
    await until(() => second.closed, 'the refusal');
    link.restore();
    (await whole()).socket.destroy();
  });

  test('blackhole: nothing comes and nobody is told, until it is restored', async () => {
    const client = await whole();
    link.blackhole();
    client.socket.write('cd');
    const second = dial(link.port);
    second.socket.write('ef');
    await until(() => link.connections === 2, 'the second');
    const start = Date.now();
    await until(() => Date.now() - start > 300, 'a while');
    assert.deepEqual([client.got, client.closed, second.got, second.closed], ['ab', false, '', false]);
    link.restore();
    await until(() => client.closed && second.closed, 'the end of what may have lost something');
    (await whole()).socket.destroy();
  });

  test('delay: everything takes longer, in order', async () => {
    const client = await whole();
    link.delay(100);
    const start = Date.now();
    for (const each of 'cdefg') client.socket.write(each);
    await until(() => client.got === 'abcdefg', 'the echo');
    assert.ok(Date.now() - start >= 190);
    link.restore();
    client.socket.destroy();
  });

  test('a server that is not there ends the connection', async () => {
    const nowhere = await Link.to(1);
    const client = dial(nowhere.port);
    await until(() => client.closed, 'the end');
    await nowhere.close();
  });
});

test('publishes are left out by subject, however the stream is cut', () => {
  const parts = ['CONNECT {"verbose":false}\r\n', 'PUB keep 5\r\nab\r\nc\r\n', 'PUB drop reply 3\r\nxyz\r\n', 'HPUB drop 12 15\r\nNATS/1.0\r\n\r\nabc\r\n',
    'HPUB keep reply 12 12\r\nNATS/1.0\r\n\r\n\r\n', 'pub keep 0\r\n\r\n', 'PING\r\n'];
  const expected = [0, 1, 4, 5, 6].map((index) => parts[index]).join('');
  const stream = Buffer.from(parts.join(''));
  for (const size of [1, 2, 7, 16, stream.length]) {
    const bodies = [];
    const filter = publishFilter((subject, body) => subject === 'drop' && bodies.push(body.toString()) > 0);
    let passed = '';
    for (let at = 0; at < stream.length; at += size) passed += filter(stream.subarray(at, at + size));
    assert.equal(passed, expected, `in pieces of ${size}`);
    assert.deepEqual(bodies, ['xyz', 'NATS/1.0\r\n\r\nabc']);
  }
});
