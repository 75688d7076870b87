// examples/react-hook: its own tests on a real server, its build, and the built page in two browsers.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { launchBrowser } from './harness/browser.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { ok, request } from './harness/http.mjs';
import { directId, people, person } from './harness/people.mjs';
import { BINARY } from './harness/natter.mjs';
import { repository, serveRepository } from './harness/static.mjs';
import { until } from './harness/wait.mjs';

const server = sharedServer();
const directory = `${repository}examples/react-hook`;

/** Runs one of the example's scripts; fails with what it printed. */
async function npm(script) {
  // A test runner inside a test runner must not take itself for a child of the outer one.
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
  const run = promisify(execFile)('npm', ['run', '--silent', script], { cwd: directory, env: { ...env, NATTER_BIN: BINARY } });
  await run.catch((error) => assert.fail(`npm run ${script}:\n${error.stdout}\n${error.stderr}`));
}

test('its types hold', () => npm('check'));
test('its own tests pass', () => npm('test'));

describe('the built page', () => {
  let browser, site;
  before(async () => {
    await npm('build');
    [browser, site] = [await launchBrowser(), await serveRepository()];
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  /** A browser of its own for somebody, signed in. */
  async function visit(user) {
    const context = await browser.newContext({ viewport: { width: 900, height: 620 }, colorScheme: 'light' });
    const page = await context.newPage();
    page.setDefaultTimeout(45_000);
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(error.message));
    await page.goto(`${site.url}/examples/react-hook/dist/?server=${server.url()}`);
    await page.getByLabel('Username').fill(user.account.username);
    await page.getByLabel('Password').fill(user.account.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('status').getByText('Online').waitFor();
    return page;
  }

  const open = async (page, title) => {
    await page.getByRole('button', { name: title }).click();
    await page.locator('section[data-ready="true"]').waitFor();
  };
  const say = async (page, text) => {
    await page.getByLabel('Message', { exact: true }).fill(text);
    await page.getByRole('button', { name: 'Send' }).click();
  };
  const texts = (page) => page.locator('.message .text').allTextContents();
  const shows = (page, expected) => until(async () => {
    const shown = await texts(page);
    assert.deepEqual(shown, expected);
    return true;
  }, `${expected.length} messages`, 45_000);
  const statusOf = (page, text) => page.locator('.message').filter({ hasText: text }).getAttribute('data-status');

  /** Two users of a conversation, each with it open in a browser. */
  async function two() {
    const [a, b] = await people(server, 2);
    const id = await directId(a, b);
    const [pa, pb] = await Promise.all([visit(a), visit(b)]);
    await Promise.all([open(pa, b.name), open(pb, a.name)]);
    return { a, b, id, pa, pb };
  }

  const done = async (...pages) => {
    for (const page of pages) {
      await page.context().close();
      assert.deepEqual(page.faults, []);
    }
  };

  test('two browsers talk: typing, sending, reading, presence', async () => {
    const { a, b, pa, pb } = await two();
    await pa.getByLabel('Message', { exact: true }).pressSequentially('Hello there', { delay: 5 });
    await pb.getByText(`${a.name} is typing…`).waitFor();
    await pa.getByRole('button', { name: 'Send' }).click();
    await shows(pb, ['Hello there']);
    await until(async () => (await statusOf(pa, 'Hello there')) === 'read', 'the receipt');
    await say(pb, 'Hi!');
    for (const page of [pa, pb]) await shows(page, ['Hello there', 'Hi!']);
    await pa.locator('section header').getByText('online', { exact: true }).waitFor();
    if (process.env.SCREENSHOT) await pa.screenshot({ path: process.env.SCREENSHOT });
    await done(pb);
    await pa.locator('section header').getByText('offline', { exact: true }).waitFor();
    await pa.reload();
    await open(pa, b.name);
    await shows(pa, ['Hello there', 'Hi!']);
    await done(pa);
  });

  test('a browser that was offline comes back with nothing lost and nothing doubled', async () => {
    const { a, b, id, pa, pb } = await two();
    await say(pb, 'before');
    await shows(pa, ['before']);
    await pa.context().setOffline(true);
    await pa.getByRole('status').getByText('Connecting…').waitFor();
    for (const text of ['offline 1', 'offline 2']) await say(pa, text);
    await shows(pa, ['before', 'offline 1', 'offline 2']);
    assert.equal(await statusOf(pa, 'offline 1'), 'pending');
    for (const text of ['missed 1', 'missed 2', 'missed 3']) {
      ok(await b.post(`/api/conversations/${id}/messages`, { text, messageType: 'text' }), 201);
    }
    await pa.context().setOffline(false);
    await pb.locator('.message').filter({ hasText: 'offline 2' }).waitFor();
    const { items } = ok(await a.get(`/api/conversations/${id}/messages`));
    const kept = items.sort((x, y) => x.seq - y.seq).map(({ text }) => text);
    assert.deepEqual(kept, ['before', 'missed 1', 'missed 2', 'missed 3', 'offline 1', 'offline 2']);
    for (const page of [pa, pb]) await shows(page, kept);
    await done(pa, pb);
  });

  test('somebody new makes an account and writes to somebody by name', async () => {
    const known = await person(server);
    const page = await (await browser.newContext()).newPage();
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(error.message));
    await page.goto(`${site.url}/examples/react-hook/dist/?server=${server.url()}`);
    await page.getByLabel('Username').fill(known.username);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('Invalid credentials').waitFor();
    await page.getByRole('button', { name: 'I have no account yet' }).click();
    const username = `${known.username}new`;
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Email').fill(`${username}@example.test`);
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByLabel('Write to').fill('nobody-of-this-name');
    await page.getByRole('button', { name: 'Write', exact: true }).click();
    await page.getByRole('alert').getByText('Nobody is called nobody-of-this-name').waitFor();
    await page.getByLabel('Write to').fill(known.username);
    await page.getByRole('button', { name: 'Write', exact: true }).click();
    await page.locator('section[data-ready="true"]').waitFor();
    await say(page, 'First');
    await until(async () => (await statusOf(page, 'First')) === 'sent', 'the ack');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Password').waitFor();
    const again = await request(server.url(), 'POST', '/api/auth/login', { body: { username, password: 'correct horse battery' } });
    ok(again, 200);
    await done(page);
  });
});
