// What the tests of the hooks need of a real server: see NATTER_BIN in e2e/README.md.
import { afterAll, beforeAll } from 'vitest';
import { Link } from '../../../e2e/harness/link.mjs';
import { StandaloneServer } from '../../../e2e/harness/standalone.mjs';
import type { Message } from '../src/natter/protocol';
import { Session, signIn, type Tokens } from '../src/natter/session';

/** A network that a test can break. */
export interface Network {
  url: string;
  cut(): void;
  mute(): void;
  restore(): void;
  close(): void;
}

/** A server for the tests of one file. */
export function sharedServer(env: Record<string, string> = {}) {
  let server: { url(): string; stop(): Promise<void> };
  beforeAll(async () => {
    server = await StandaloneServer.start({ env });
  });
  afterAll(() => server.stop());
  return {
    get url() {
      return server.url();
    },
    link: (): Promise<Network> => Link.to(server.url()),
  };
}

let made = 0;

/** A user who nobody else in this run is; their session goes over `url`. */
export async function register(url: string, keep?: (tokens: Tokens) => void): Promise<Session> {
  const username = `r${process.pid}x${(made += 1)}`;
  const account = { username, email: `${username}@example.test`, password: 'correct horse battery', name: `Name of ${username}` };
  const signedIn = await signIn(url, '/api/auth/register', account);
  return new Session(url, signedIn.user, signedIn, keep);
}

export async function directId(one: Session, other: Session): Promise<string> {
  const body = { type: 'direct', participantId: other.user._id };
  return (await one.call<{ _id: string }>('POST', '/api/conversations', body))._id;
}

/** Sends over HTTP. */
export function say(from: Session, conversationId: string, text: string): Promise<Message> {
  return from.call('POST', `/api/conversations/${conversationId}/messages`, { text, messageType: 'text' });
}

/** The texts that the server keeps, oldest first; the last 100. */
export async function stored(session: Session, conversationId: string): Promise<(string | null)[]> {
  const path = `/api/conversations/${conversationId}/messages?limit=100`;
  const { items } = await session.call<{ items: Message[] }>('GET', path);
  return items.sort((a, b) => a.seq - b.seq).map(({ text }) => text);
}
