// What each client has seen must be what happened: every change once, in order of `rev`, to the end. Pure: it gets the
// record of a client and the conversation as stored, and answers with a list of faults.
//
// A message that changed again before it could be told comes once, as it is now. That is so for what is caught up by a
// join or by paging. Where the broker lost events or a service died before it told (`lossy`), a gateway fetches what was
// not told, and the same holds there; elsewhere a change that was left out is a fault although a later one was seen.

import { ownersOf } from './store.mjs';

/** Faults of one record; `me` is the client's user, `name` what the faults call it. */
export function faultsOfRecord(record, conversation, { me, name, lossy = false }) {
  const faults = [];
  const say = (text) => faults.push(`${name} in ${conversation.id}: ${text}`);
  const owners = ownersOf(conversation);
  const messages = new Map(conversation.messages.map((each) => [each.id, each]));
  const ownNews = (entry) => !record.isJoined && messages.get(entry.id)?.sender === me;

  const seen = new Set();
  const known = new Set();
  let last = 0;
  let lastOfSession = 0;
  let session = 0;
  for (const entry of record.entries) {
    if (owners.get(entry.rev) !== entry.id) say(`phantom: rev ${entry.rev} is told of ${entry.id}, and stored of ${owners.get(entry.rev)}`);
    if (entry.session !== session) [session, lastOfSession] = [entry.session, 0];
    const counts = entry.via !== 'ack' && !entry.dropped;
    const misplaced = (before) => say(`${seen.has(entry.rev) ? 'doubled' : 'out of order'}: rev ${entry.rev} came after ${before}`);
    if (entry.via === 'live' && entry.rev <= lastOfSession) misplaced(lastOfSession);
    else if (counts && entry.rev <= last) misplaced(last);
    if (entry.via === 'live') lastOfSession = Math.max(entry.rev, lastOfSession);
    if (counts) {
      if (entry.kind === 'created' && known.has(entry.id) && !ownNews(entry)) say(`doubled: ${entry.id} was new a second time, at rev ${entry.rev}`);
      if (entry.kind === 'updated' && !known.has(entry.id) && !ownNews(entry)) say(`${entry.id} was changed at rev ${entry.rev} before it was new`);
      last = Math.max(entry.rev, last);
    }
    seen.add(entry.rev);
    known.add(entry.id);
  }

  const head = Math.max(0, ...owners.keys());
  if (Math.max(record.known, last) > head) say(`phantom: it is at rev ${Math.max(record.known, last)}, and the store at ${head}`);
  const newest = new Map();
  for (const { id, rev } of record.entries) newest.set(id, Math.max(rev, newest.get(id) ?? 0));
  for (let rev = 1; rev <= head; rev += 1) {
    if (seen.has(rev)) continue;
    const message = messages.get(owners.get(rev));
    if (!(newest.get(message?.id) > rev)) say(`lost: rev ${rev} (of ${head}), ${message?.id}`);
    else if (!lossy && !ownNews(message) && !record.catchUps.some((each) => each.afterRev < rev && rev <= each.rev)) {
      say(`skipped: rev ${rev}, of which only ${newest.get(message.id)} was seen, and nothing was caught up then`);
    }
  }
  return faults;
}

/**
 * Faults of what a client was told of who is online, by the last word of its present session on each: `online` are the
 * users who are, by now.
 */
export function faultsOfNotices({ notices, session, name }, online) {
  const last = new Map();
  for (const notice of notices) if (notice.session === session) last.set(notice.user, notice.online);
  return [...last].filter(([user, told]) => told !== online.has(user))
    .map(([user, told]) => `${name} was told last that ${user} is ${told ? 'online' : 'offline'}, which is not so`);
}
