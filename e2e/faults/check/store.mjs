// What is stored must be whole: places in a conversation without holes, no message twice, and everything that was
// acknowledged. Pure: it gets what was read, and answers with a list of faults.
//
// A conversation as stored: `{id, messages: [{id, seq, rev, revs, createdRev, sender, clientMessageId, text, deleted,
// reactions: [{emoji, users}]}]}`; `revs` are all that the message has had, so that each `rev` is known to be whose.

/** Faults of a conversation by itself. */
export function faultsOfConversation({ id, messages }) {
  const faults = [];
  const say = (text) => faults.push(`conversation ${id}: ${text}`);
  const seqs = messages.map(({ seq }) => seq).sort((a, b) => a - b);
  seqs.forEach((seq, index) => { if (seq !== index + 1) say(`hole: place ${index + 1} of seq has ${seq}`); });
  const owners = new Map();
  for (const message of messages) {
    for (const rev of message.revs) {
      if (owners.has(rev)) say(`doubled: rev ${rev} is of ${owners.get(rev)} and of ${message.id}`);
      owners.set(rev, message.id);
    }
    if (!message.revs.includes(message.rev)) say(`${message.id} is at rev ${message.rev}, which it never took`);
  }
  const head = Math.max(0, ...owners.keys());
  for (let rev = 1; rev <= head; rev += 1) if (!owners.has(rev)) say(`hole: nothing has rev ${rev} of ${head}`);
  for (const key of [({ id: own }) => own, ({ sender, clientMessageId }) => clientMessageId && `${sender} ${clientMessageId}`]) {
    const seen = new Set();
    for (const message of messages) {
      const value = key(message);
      if (value && seen.has(value)) say(`doubled: ${value} is stored twice`);
      seen.add(value);
    }
  }
  return faults;
}

/** Whose each `rev` of a conversation is. */
export function ownersOf({ messages }) {
  const owners = new Map();
  for (const message of messages) for (const rev of message.revs) owners.set(rev, message.id);
  return owners;
}

/** Faults of what clients were told is stored, against what is: `acked` as `Errands` writes it down. */
export function faultsOfAcks(acked, conversations, abandoned = new Set()) {
  const faults = [];
  const stored = new Map();
  for (const { messages } of conversations) for (const message of messages) stored.set(message.id, message);
  const texts = new Map();
  const orders = new Map();
  for (const ack of [...acked].sort((a, b) => a.at - b.at)) {
    const message = stored.get(ack.id);
    const say = (text) => faults.push(`${ack.what} of ${ack.id} in ${ack.conversationId} by ${ack.by}: ${text}`);
    if (!message) {
      say('lost: it was acknowledged and is not stored');
      continue;
    }
    if (!message.revs.includes(ack.rev)) say(`lost: rev ${ack.rev} was acknowledged, and the message never had it`);
    if (ack.what === 'send') {
      if (message.seq !== ack.seq) say(`seq ${ack.seq} was acknowledged, ${message.seq} is stored`);
      if (message.clientMessageId !== ack.clientMessageId) say(`another message answers for ${ack.clientMessageId}`);
      const key = `${ack.by} ${ack.conversationId}`;
      const before = orders.get(key);
      if (before && before.number < ack.number && before.seq > ack.seq) say(`out of order: after ${before.id}, which was sent before it`);
      if (ack.number !== undefined) orders.set(key, ack);
    }
    if (ack.what === 'remove' && !message.deleted) say('lost: it is not deleted');
    if (ack.what === 'react' && !message.deleted && !message.reactions.some(({ emoji, users }) => emoji === ack.emoji && users.includes(ack.by))) say(`lost: ${ack.emoji} is not there`);
    if (ack.text !== undefined) texts.set(ack.id, ack);
  }
  for (const [id, ack] of texts) {
    const message = stored.get(id);
    if (message && !message.deleted && !abandoned.has(id) && message.text !== ack.text) faults.push(`${ack.what} of ${id}: lost: its text is "${message.text}" instead of "${ack.text}"`);
  }
  return faults;
}
