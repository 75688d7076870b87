// MongoDB and Redis as the peer runs on them; a cluster of Natter starts its own (scripts/cluster).

import { Running, accepts, freePort, program, scratch } from './processes.mjs';

/** A replica set of one, which majority writes need. `{url, running, stop}`. */
export async function startMongo(client) {
  const [port, directory] = [await freePort(), await scratch()];
  const running = new Running('mongod', program('mongod'), [
    '--port', port, '--bind_ip', '127.0.0.1', '--dbpath', directory.path, '--replSet', 'rs0', '--wiredTigerCacheSizeGB', '1',
  ].map(String), process.env);
  await running.ready(() => accepts(port));
  await client(`mongodb://127.0.0.1:${port}/?directConnection=true`, async (admin) => {
    await admin.command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: `127.0.0.1:${port}` }] } });
    await running.ready(async () => (await admin.command({ hello: 1 })).isWritablePrimary);
  });
  const stop = async () => { await running.stop(); await directory.remove(); };
  return { url: `mongodb://127.0.0.1:${port}/bench?replicaSet=rs0`, running, stop };
}

/** A Redis that stores nothing. `{url, running, stop}`. */
export async function startRedis() {
  const [port, directory] = [await freePort(), await scratch()];
  const running = new Running('redis-server', program('redis-server'), [
    '--port', port, '--bind', '127.0.0.1', '--dir', directory.path, '--save', '', '--appendonly', 'no',
  ].map(String), process.env);
  await running.ready(() => accepts(port));
  const stop = async () => { await running.stop(); await directory.remove(); };
  return { url: `redis://127.0.0.1:${port}`, running, stop };
}
