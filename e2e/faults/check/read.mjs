// Reads what is stored, twice: straight from MongoDB, with what clients never see (every `rev` that a message has had), and
// through the public API, which must show the same.

import { isDeepStrictEqual } from 'node:util';

import { MongoClient, ObjectId } from 'mongodb';

import { ok } from '../../harness/http.mjs';

/** The conversations as stored, in the shape that `store.mjs` describes. `url` is MongoDB's. */
export async function readStore(url, ids) {
  const client = await MongoClient.connect(url);
  try {
    const database = client.db();
    return await Promise.all(ids.map(async (id) => {
      const found = await database.collection('messages').find({ conversationId: new ObjectId(id) }, { readConcern: 'majority' }).sort({ seq: 1 }).toArray();
      return { id, messages: found.map(stored) };
    }));
  } finally {
    await client.close();
  }
}

const stored = (document) => ({
  id: String(document._id), seq: document.seq, rev: document.rev, revs: document.revs, createdRev: document.createdRev,
  sender: String(document.senderId), clientMessageId: document.clientMessageId, text: document.text, deleted: document.deleted,
  reactions: document.reactions.map(({ emoji, users }) => ({ emoji, users: users.map(String) })),
});

/** Faults of what the API shows a participant (history by pages, and `sync` from the beginning), against what is stored. */
export async function faultsOfApi(person, { id, messages }) {
  const faults = [];
  const shown = ({ _id, seq, rev, text, deleted, reactions }) => ({ id: _id, seq, rev, text, deleted: deleted === true, reactions: reactions.map(({ emoji, userIds }) => ({ emoji, users: userIds })) });
  const expected = messages.map(({ id: own, seq, rev, text, deleted, reactions }) => ({ id: own, seq, rev, text, deleted, reactions }));
  const compare = (what, found, wanted) => {
    if (isDeepStrictEqual(found, wanted)) return;
    const at = wanted.findIndex((each, index) => !isDeepStrictEqual(each, found[index]));
    faults.push(`conversation ${id}: ${what} shows ${found.length} of ${wanted.length}, first otherwise at ${at}: ${JSON.stringify(found[at])} instead of ${JSON.stringify(wanted[at])}`);
  };
  const history = [];
  for (let after = 0, more = true; more;) {
    const { items } = ok(await person.get(`/api/conversations/${id}/messages?after=${after}&limit=100`));
    history.push(...items.map(shown));
    after = items.at(-1)?.seq;
    more = items.length === 100;
  }
  compare('the history', history, expected);
  const changes = [];
  for (let rev = 0, hasMore = true; hasMore;) {
    const { conversations: [page] } = ok(await person.post('/api/sync', { cursors: [{ conversationId: id, rev }], limit: 100 }));
    changes.push(...page.changes.map(shown));
    ({ rev, hasMore } = page);
  }
  compare('sync', changes, [...expected].sort((a, b) => a.rev - b.rev));
  return faults;
}
