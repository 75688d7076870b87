// What rows wait for after a fault, and how long it took.

import { until } from '../harness/wait.mjs';

/** Far longer than any bound of the suite. */
const PATIENCE = 60_000;

/** Waits until these clients, which lost their connections after `since`, have resumed; resolves with the longest time from when one began to reconnect. */
export async function resumed(talkers, since) {
  const session = (each) => each.sessions.findLast(({ lostAt, resumedAt }) => lostAt >= since && resumedAt);
  await until(() => talkers.every((each) => session(each)), 'all to resume', PATIENCE);
  return Math.max(...talkers.map((each) => session(each).resumedAt - session(each).lostAt));
}

/** Waits until everybody who is there and shares a conversation with one of these was told that they are gone; resolves with when the last one was. */
export async function toldOffline(load, leaving, since) {
  const pairs = leaving.flatMap((gone) => load.present
    .filter((each) => each.conversations.some(({ members }) => members.includes(gone.id))).map((each) => ({ gone, each })));
  const notice = ({ gone, each }) => each.notices.find(({ at, user, online }) => at >= since && user === gone.id && !online);
  await until(() => pairs.every(notice), 'every notice', PATIENCE).catch((error) => {
    throw new Error(`${error.message}; missing: ${pairs.filter((pair) => !notice(pair)).slice(0, 10).map(({ gone, each }) => `${gone.name} at ${each.name}`)}`);
  });
  return Math.max(...pairs.map((pair) => notice(pair).at));
}

/** Waits until everybody who is there has these messages (as `Errands` wrote them down); resolves with when the last one had. */
export async function delivered(load, sends) {
  const entries = ({ conversationId, id, by }) => load.present.filter((each) => each.records.has(conversationId) && each.id !== by)
    .map((each) => each.records.get(conversationId).entries.find((entry) => entry.id === id));
  await until(() => sends.every((send) => entries(send).every(Boolean)), 'every delivery', PATIENCE);
  return Math.max(...sends.flatMap(entries).map(({ at }) => at));
}
