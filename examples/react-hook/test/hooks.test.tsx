// The hooks on a real server, over a network that breaks.
import { act, cleanup, renderHook, waitFor } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, describe, expect, test } from 'vitest';
import type { Session } from '../src/natter/session';
import { useChat } from '../src/useChat';
import { useConversation } from '../src/useConversation';
import { directId, register, say, sharedServer, stored } from './natter';

const server = sharedServer();
const SOON = { timeout: 20_000, interval: 20 };

afterEach(cleanup);

/** What a component with both hooks sees. */
function show(session: Session, id: string) {
  const { result } = renderHook(
    () => {
      const chat = useChat(session);
      return { chat, conversation: useConversation(chat.chat, id) };
    },
    { wrapper: StrictMode },
  );
  return {
    get chat() {
      return result.current.chat;
    },
    get conversation() {
      return result.current.conversation;
    },
    get texts() {
      return result.current.conversation.messages.map(({ text }) => text);
    },
    get statuses() {
      return result.current.conversation.messages.map(({ status }) => status);
    },
    ready: () => waitFor(() => expect(result.current.conversation.ready).toBe(true), SOON),
    lost: () => waitFor(() => expect(result.current.chat.connection).toBe('connecting'), SOON),
  };
}

/** Two users with their direct conversation; the first one's network can be broken. */
async function pair(url = server.url) {
  const network = await server.link();
  const [ana, ben] = [await register(network.url), await register(url)];
  return { network, ana, ben, id: await directId(ana, ben) };
}

test('a message is shown at once, then as the server has it, and reaches the other one', async () => {
  const { ana, ben, id } = await pair();
  const [here, there] = [show(ana, id), show(ben, id)];
  await Promise.all([here.ready(), there.ready()]);
  act(() => here.conversation.send('Hello'));
  expect(here.statuses).toEqual(['pending']);
  const [optimistic] = here.conversation.messages;
  await waitFor(() => expect(here.statuses).toEqual(['delivered']), SOON);
  const [message] = here.conversation.messages;
  expect(message).toMatchObject({ text: 'Hello', seq: 1, key: optimistic!.key });
  await waitFor(() => expect(there.texts).toEqual(['Hello']), SOON);
  act(() => there.conversation.markRead(there.conversation.messages));
  await waitFor(() => expect(here.statuses).toEqual(['read']), SOON);
});

test('history comes in pages', async () => {
  const { ana, ben, id } = await pair();
  for (let n = 1; n <= 60; n += 1) await say(ben, id, `${n}`);
  const here = show(ana, id);
  await here.ready();
  expect(here.texts[0]).toBe('11');
  expect(here.conversation.hasOlder).toBe(true);
  await act(() => here.conversation.loadOlder());
  expect(here.texts).toEqual(Array.from({ length: 60 }, (_, index) => `${index + 1}`));
  expect(here.conversation.hasOlder).toBe(false);
});

test('what is edited and deleted changes where it is', async () => {
  const { ana, ben, id } = await pair();
  const here = show(ana, id);
  await here.ready();
  const [first, second] = [await say(ben, id, 'Frist'), await say(ben, id, 'Oops')];
  await ben.call('PATCH', `/api/messages/${first._id}`, { text: 'First' });
  await ben.call('DELETE', `/api/messages/${second._id}`);
  await waitFor(() => expect(here.texts).toEqual(['First', null]), SOON);
  expect(here.conversation.messages[1]!.deleted).toBe(true);
});

test('typing and presence', async () => {
  const { ana, ben, id } = await pair();
  const [here, there] = [show(ana, id), show(ben, id)];
  await Promise.all([here.ready(), there.ready()]);
  await waitFor(() => expect(here.chat.presence).toEqual({ [ben.user._id]: 'online' }), SOON);
  act(() => there.conversation.typingNow());
  await waitFor(() => expect(here.conversation.typing).toEqual([ben.user._id]), SOON);
  act(() => there.conversation.send('Done'));
  await waitFor(() => expect(here.conversation.typing).toEqual([]), SOON);
  act(() => there.chat.chat.stop());
  await waitFor(() => expect(here.chat.presence).toEqual({ [ben.user._id]: 'offline' }), SOON);
});

test('what is written while the network is down goes out afterwards, in order, and what was missed comes once', async () => {
  const { network, ana, ben, id } = await pair();
  const [here, there] = [show(ana, id), show(ben, id)];
  await Promise.all([here.ready(), there.ready()]);
  await say(ben, id, 'before');
  await waitFor(() => expect(here.texts).toEqual(['before']), SOON);
  network.cut();
  await here.lost();
  expect(here.chat.presence).toEqual({});
  act(() => ['one', 'two', 'three'].forEach((text) => here.conversation.send(text)));
  await say(ben, id, 'missed');
  expect(here.texts).toEqual(['before', 'one', 'two', 'three']);
  network.restore();
  const all = ['before', 'missed', 'one', 'two', 'three'];
  await waitFor(() => expect(here.texts).toHaveLength(5), SOON);
  await waitFor(() => expect(here.statuses).not.toContain('pending'), SOON);
  await waitFor(() => expect(there.texts.toSorted()).toEqual(all.toSorted()), SOON);
  const kept = await stored(ben, id);
  expect(kept.toSorted()).toEqual(all.toSorted());
  expect(kept.filter((text) => text !== 'missed')).toEqual(['before', 'one', 'two', 'three']);
  await waitFor(() => expect(here.texts).toEqual(kept), SOON);
});

test('a message whose ack is lost is stored once', async () => {
  const { network, ana, ben, id } = await pair();
  const [here, there] = [show(ana, id), show(ben, id)];
  await Promise.all([here.ready(), there.ready()]);
  network.mute();
  act(() => here.conversation.send('Only once'));
  await waitFor(() => expect(there.texts).toEqual(['Only once']), SOON);
  expect(here.statuses).toEqual(['pending']);
  network.cut();
  await here.lost();
  network.restore();
  await here.ready();
  act(() => here.conversation.send('And then'));
  await waitFor(() => expect(here.statuses).toEqual(['delivered', 'delivered']), SOON);
  expect(here.texts).toEqual(['Only once', 'And then']);
  expect(await stored(ben, id)).toEqual(['Only once', 'And then']);
});

test('after more was missed than a join brings, it is fetched in pages', async () => {
  const { network, ana, ben, id } = await pair();
  const here = show(ana, id);
  await here.ready();
  const first = await say(ben, id, '1');
  await waitFor(() => expect(here.texts).toEqual(['1']), SOON);
  network.cut();
  await here.lost();
  for (let n = 2; n <= 310; n += 1) await say(ben, id, `${n}`);
  await ben.call('PATCH', `/api/messages/${first._id}`, { text: 'edited' });
  network.restore();
  await here.ready();
  expect(here.texts).toEqual(['edited', ...Array.from({ length: 309 }, (_, index) => `${index + 2}`)]);
  await say(ben, id, 'live');
  await waitFor(() => expect(here.texts.at(-1)).toBe('live'), SOON);
  expect(here.texts).toHaveLength(311);
});

test('what the server refuses says why, holds up nothing, and may be tried again', async () => {
  const { ana, ben, id } = await pair();
  const here = show(ana, id);
  await here.ready();
  await ben.call('PUT', `/api/users/${ana.user._id}/block`);
  act(() => here.conversation.send('Please'));
  await waitFor(() => expect(here.statuses).toEqual(['failed']), SOON);
  expect(here.conversation.messages[0]!.error).toBe('Action not available');
  act(() => here.conversation.send('x'.repeat(10_001)));
  await waitFor(() => expect(here.statuses).toEqual(['failed', 'failed']), SOON);
  act(() => here.conversation.discard(here.conversation.messages[1]!));
  await ben.call('DELETE', `/api/users/${ana.user._id}/block`);
  await waitFor(async () => {
    act(() => here.conversation.retry(here.conversation.messages[0]!));
    expect(here.statuses).toEqual(['sent']); // the other one is not connected
  }, { timeout: 20_000, interval: 500 });
  expect(here.texts).toEqual(['Please']);
});

test('a conversation that is not the user\'s says so', async () => {
  const { ana, id } = await pair();
  const stranger = await register(server.url);
  const here = show(stranger, id);
  await waitFor(() => expect(here.conversation.failure).toBe('Not authorized to join this conversation'), SOON);
  const nowhere = show(ana, 'f'.repeat(24));
  await waitFor(() => expect(nowhere.conversation.failure).toBe('Conversation not found'), SOON);
});

test('a logout elsewhere ends the session here', async () => {
  const { ana, id } = await pair();
  const here = show(ana, id);
  await here.ready();
  await ana.call('POST', '/api/auth/logout', { everywhere: true });
  await waitFor(() => expect(here.chat.signedOut).toBe(true), SOON);
  expect(here.chat.connection).toBe('offline');
});

describe('tokens that soon end', () => {
  const brief = sharedServer({ NATTER_AUTH__ACCESS_TOKEN_TTL: '4s', NATTER_GATEWAY__SESSION_EXPIRING_NOTICE: '2s' });

  test('are renewed while connected, without a break', async () => {
    let renewals = 0;
    const ana = await register(brief.url, () => (renewals += 1));
    const ben = await register(brief.url);
    const id = await directId(ana, ben);
    const here = show(ana, id);
    const states = new Set<string>();
    await here.ready();
    const unfollow = here.chat.chat.subscribe(() => states.add(here.chat.chat.snapshot().connection));
    await waitFor(() => expect(renewals).toBeGreaterThanOrEqual(2), SOON);
    await say(ben, id, 'still there?');
    await waitFor(() => expect(here.texts).toEqual(['still there?']), SOON);
    unfollow();
    expect([...states]).not.toContain('connecting');
  });

  test('that ended while the network was down are renewed when it is back', async () => {
    const network = await brief.link();
    const [ana, ben] = [await register(network.url), await register(brief.url)];
    const id = await directId(ana, ben);
    const here = show(ana, id);
    await here.ready();
    const { exp } = JSON.parse(atob(ana.accessToken.split('.')[1]!)) as { exp: number };
    network.cut();
    await here.lost();
    act(() => here.conversation.send('Back again'));
    // The clock is what is under test. A token just past its end may still be taken, by the leeway.
    await waitFor(() => expect(Date.now()).toBeGreaterThan((exp + 1) * 1000), SOON);
    network.restore();
    await here.ready();
    await waitFor(() => expect(here.statuses).toEqual(['sent']), SOON);
    expect(await stored(ben, id)).toEqual(['Back again']);
  });
});
