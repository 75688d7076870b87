// The binary under test, and the settings that tests give it.

import { fileURLToPath } from 'node:url';

import { launch, watch } from './program.mjs';

export const BINARY = process.env.NATTER_BIN ?? fileURLToPath(new URL('../../target/debug/natter', import.meta.url));

/** The secret that every test server is given, so that tests can sign tokens of their own. */
export const JWT_SECRET = 'a-secret-only-for-tests-0123456789abcdef';

/** Rate limits off, and room for bursts: most tests are about something else, and all of them come from one address. */
const NO_LIMITS = {
  NATTER_GATEWAY__INBOUND_QUEUE: '4096',
  ...Object.fromEntries([
    'REGISTRATIONS_PER_MINUTE', 'LOGINS_PER_MINUTE', 'CONNECTIONS_PER_USER', 'CONNECTIONS_PER_ADDRESS',
    'EVENTS_PER_SECOND', 'MESSAGES_PER_MINUTE', 'UPLOADS_PER_MINUTE', 'RELAYS_PER_SECOND',
  ].map((name) => [`NATTER_LIMITS__${name}`, '0'])),
};

/** What a test's server is set to: `env`, over what suits most tests. A null takes a setting out. */
export function testSettings(env = {}) {
  const settings = { ...NO_LIMITS, NATTER_AUTH__JWT_SECRET: JWT_SECRET, NATTER_GATEWAY__DRAIN_WINDOW: '1s', ...env };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

/** This process's environment without any NATTER_ setting of the developer's, plus `settings`. */
export function cleanEnvironment(settings) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('NATTER_'));
  return { ...Object.fromEntries(kept), NATTER_LOG: process.env.NATTER_LOG ?? 'warn', ...settings };
}

/** Runs the binary to its end: `{code, signal, output}`. */
export async function runBinary(args, { env = {}, timeout = 20_000, cwd } = {}) {
  const child = launch(BINARY, args, { env: cleanEnvironment(env), cwd });
  const run = watch(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  const { code, signal } = await run.exited;
  clearTimeout(timer);
  return { code, signal, output: run.output() };
}
