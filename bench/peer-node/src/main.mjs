// The peer: what a team would run instead of Natter, for the part of the contract that is measured. Any number of
// these may run on one MongoDB and one Redis, behind a load balancer.

import { createServer } from 'node:http';

import { Redis } from 'ioredis';

import { httpApi } from './http.mjs';
import { closeStore, openStore } from './models.mjs';
import { settings } from './settings.mjs';
import { serveSockets } from './sockets.mjs';

await openStore(settings.mongodb);
const publisher = new Redis(settings.redis);
const subscriber = publisher.duplicate();
for (const redis of [publisher, subscriber]) redis.on('error', (error) => console.error(error));

const server = createServer(httpApi());
const io = serveSockets(server, publisher, subscriber);
server.listen({ port: settings.port, host: settings.host, backlog: 4096 }, () => {
  console.log(`listening on http://${settings.host}:${settings.port}`);
});

let stopping = false;
async function stop() {
  if (stopping) return;
  stopping = true;
  await io.close();
  publisher.disconnect();
  subscriber.disconnect();
  await closeStore();
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
