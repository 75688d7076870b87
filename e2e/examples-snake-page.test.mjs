// examples/snake-page: a plain page of the snake dialect, in browsers.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser } from './harness/browser.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { Link } from './harness/link.mjs';
import { sunset } from './harness/media.mjs';
import { people } from './harness/people.mjs';
import { snake, write } from './harness/snake.mjs';
import { serveRepository } from './harness/static.mjs';
import { SOON, until } from './harness/wait.mjs';

const server = sharedServer();
let browser, site;
before(async () => { [browser, site] = [await launchBrowser(), await serveRepository()]; });
after(async () => {
  await browser?.close();
  await site?.stop();
});

/** Somebody's page, signed in. */
async function visit(user, url = server.url()) {
  const page = await (await browser.newContext({ viewport: { width: 900, height: 620 }, colorScheme: 'light' })).newPage();
  page.setDefaultTimeout(45_000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  await page.goto(`${site.url}/examples/snake-page/?server=${url}`);
  await page.getByLabel('Username').fill(user.username);
  await page.getByLabel('Password').fill(user.account.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#state[data-state="online"]').waitFor();
  return page;
}

const close = async (...pages) => {
  for (const page of pages) {
    await page.context().close();
    assert.deepEqual(page.faults, []);
  }
};
const writeTo = async (page, username) => {
  await page.getByLabel('Write to').fill(username);
  await page.getByRole('button', { name: 'Write', exact: true }).click();
  await page.getByRole('heading', { name: username }).waitFor();
  // Once it has found them, the page empties the field and moves the focus, from whatever is filled in by then, too.
  await until(async () => await page.getByLabel('Write to').inputValue() === '', 'the field to be emptied', 3 * SOON);
};
const say = async (page, text) => {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
};
const message = (page, text) => page.locator('.message').filter({ hasText: text });
const shows = (page, expected) => until(async () => {
  assert.deepEqual(await page.locator('.message .text').allTextContents(), expected);
  return true;
}, `${expected.length} messages`, 3 * SOON);
const status = (page, text, expected) => message(page, text).and(page.locator(`[data-status="${expected}"]`)).waitFor();
const thread = (page, title) => page.getByRole('button', { name: title });

test('a direct message reaches somebody who has joined nothing; typing, receipts, presence', async () => {
  const [a, b] = await people(server, 2);
  const [pa, pb] = [await visit(a), await visit(b)];
  await writeTo(pa, b.username);
  await say(pa, 'Hello there');
  await status(pa, 'Hello there', 'delivered');
  await thread(pb, a.username).getByLabel('1 unread').waitFor();
  await thread(pb, a.username).click();
  await shows(pb, ['Hello there']);
  await status(pa, 'Hello there', 'read');
  await pb.getByLabel('Message', { exact: true }).pressSequentially('Hi!', { delay: 5 });
  await pa.getByText(`${b.username} is typing…`).waitFor();
  await pb.getByRole('button', { name: 'Send' }).click();
  for (const page of [pa, pb]) await shows(page, ['Hello there', 'Hi!']);
  await pa.locator('#presence').getByText('online').waitFor();
  await close(pb);
  await pa.locator('#presence').getByText('offline').waitFor();
  await writeTo(pa, b.username);
  await pa.getByLabel('Write to').fill('nobody-of-this-name');
  await pa.getByRole('button', { name: 'Write', exact: true }).click();
  await pa.getByRole('alert').getByText('Nobody is called nobody-of-this-name').waitFor();
  await close(pa);
});

test('a group, which all are in at once', async () => {
  const [a, b, c] = await people(server, 3);
  const [pa, pb, pc] = [await visit(a), await visit(b), await visit(c)];
  await pa.getByText('New group').click();
  await pa.getByLabel('Group\'s name').fill('Walkers');
  await pa.getByLabel('Members').fill(`${b.username} ${c.username}`);
  await pa.getByRole('button', { name: 'Make the group' }).click();
  for (const page of [pb, pc]) await thread(page, 'Walkers').click();
  await say(pa, 'Sunday?');
  for (const page of [pb, pc]) await shows(page, ['Sunday?']);
  await say(pc, 'Yes');
  for (const page of [pa, pb, pc]) await shows(page, ['Sunday?', 'Yes']);
  await close(pa, pb, pc);
});

test('a file is uploaded, and seen by the other one', async () => {
  const [a, b] = await people(server, 2);
  const [pa, pb] = [await visit(a), await visit(b)];
  await writeTo(pa, b.username);
  await pa.getByLabel('Attach a file').setInputFiles({ name: 'sunset.png', mimeType: 'image/png', buffer: sunset() });
  await say(pa, 'Look at this');
  await thread(pb, a.username).click();
  for (const page of [pa, pb]) {
    const image = page.getByRole('img', { name: 'sunset.png' });
    await image.waitFor();
    await page.waitForFunction((element) => element.complete && element.naturalWidth > 0, await image.elementHandle());
  }
  if (process.env.SCREENSHOT) {
    await say(pb, 'Worth getting up for');
    await message(pa, 'Worth getting up for').waitFor();
    await pa.screenshot({ path: process.env.SCREENSHOT });
  }
  await pa.getByLabel('Attach a file').setInputFiles({ name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.from('no PDF at all') });
  await pa.getByRole('button', { name: 'Send' }).click();
  await message(pa, 'Invalid file type').waitFor();
  await close(pa, pb);
});

test('cut off, the page comes back: what was missed is there once, what was written goes out once, in order', async () => {
  const [a, b] = await people(server, 2);
  const link = await Link.to(server.url());
  const [page, socket] = [await visit(a, link.url), await snake(b)];
  await writeTo(page, b.username);
  await say(page, 'before');
  await status(page, 'before', 'delivered');
  link.cut();
  await page.locator('#state[data-state="connecting"]').waitFor();
  for (const text of ['offline 1', 'offline 2']) await say(page, text);
  await status(page, 'offline 2', 'sending');
  for (const text of ['missed 1', 'missed 2']) await write(socket, a, text);
  link.restore();
  await status(page, 'offline 2', 'delivered');
  await shows(page, ['before', 'missed 1', 'missed 2', 'offline 1', 'offline 2']);
  const heard = socket.seen('new_message').map((each) => each.message.content);
  assert.deepEqual(heard, ['before', 'offline 1', 'offline 2']);
  await close(page);
  link.close();
});
