// Fifty writers in one conversation, while it goes from one message service to the other and back.

import assert from 'node:assert/strict';

import { groupId, people } from '../harness/people.mjs';
import { times, until } from '../harness/wait.mjs';
import { readStore } from './check/read.mjs';
import { faultsOfAcks, faultsOfConversation } from './check/store.mjs';
import { measured } from './figures.mjs';
import { LONG, row, sharedScene } from './scene.mjs';

const scene = sharedScene({ load: null });
const WRITERS = 50;
const EACH = LONG ? 200 : 60;

/** The conversation's owner changes with each of these. */
const changes = [
  (service) => service.terminate(),
  (service) => service.start(),
];

row('fifty writers', async () => {
  const { cluster } = scene;
  const server = { url: (index) => cluster.url(index) };
  const members = await people(server, WRITERS);
  const conversationId = await groupId(members);
  const sockets = await Promise.all(members.map((each) => each.join(conversationId)));
  const acked = [];
  let finished = 0;
  const writing = times(WRITERS, async (who) => {
    for (let number = 1; number <= EACH; number += 1) {
      const since = Date.now();
      const clientMessageId = `${who}-${number}`;
      const ack = await sockets[who].must('send:message', { conversationId, text: clientMessageId, clientMessageId });
      acked.push({ what: 'send', conversationId, by: members[who].id, since, at: Date.now(), id: ack.messageId, seq: ack.seq, rev: ack.rev, text: clientMessageId, clientMessageId, number });
    }
    finished += 1;
  });
  const total = WRITERS * EACH;
  const moving = (async () => {
    for (let round = 0; finished < WRITERS; round += 1) {
      const service = cluster.messageServices[Math.floor(round / 2) % 2];
      const before = acked.length;
      await changes[round % 2](service);
      await until(() => acked.length > Math.min(before + total / 20, total - 1) || finished === WRITERS, 'more messages', 60_000);
    }
    for (const each of cluster.messageServices) if (!each.isRunning) await each.start();
  })();
  await Promise.all([writing, moving]);
  for (const socket of sockets) {
    await until(() => socket.seen('new:message').length >= total, 'every message', 60_000);
    assert.deepEqual(socket.seen('new:message').map(({ message }) => message.seq), Array.from({ length: total }, (_, index) => index + 1));
    socket.none('error');
    assert.equal(socket.disconnects.length, 0);
  }
  const [stored] = await readStore(cluster.mongodb.url, [conversationId]);
  assert.equal(stored.messages.length, total);
  assert.deepEqual([...faultsOfConversation(stored), ...faultsOfAcks(acked, [stored])], []);
  measured('writers.ack', Math.max(...acked.map(({ since, at }) => at - since)));
  for (const socket of sockets) socket.close();
});
