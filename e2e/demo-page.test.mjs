// The page at "/", driven in a real browser: two users side by side, the demo's or, in a cluster, two that sign in.
// SCREENSHOT=path also writes a picture of it.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { Pane, attribute, launchBrowser } from './harness/browser.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { sunset } from './harness/media.mjs';
import { directId, people } from './harness/people.mjs';

const server = sharedServer({ demo: true });
let browser, page, left, right, faults, users;

before(async () => { browser = await launchBrowser(); });
before(async () => {
  users = await people(server, 2);
  await directId(...users);
});
after(() => browser?.close());

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1200, height: 760 }, deviceScaleFactor: 2, reducedMotion: 'reduce' });
  page.setDefaultTimeout(45_000);
  faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => { if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== server.url()) faults.push(`asked ${request.url()}`); });
  await page.goto(server.url());
  [left, right] = [new Pane(page, 'left'), new Pane(page, 'right')];
  await enter();
});
afterEach(async () => {
  await page.close();
  assert.deepEqual(faults, [], 'no script fails, and nothing comes from elsewhere');
});

/** Waits until both panes have joined the conversation of the two. */
async function enter() {
  const app = page.getByTestId('app');
  await app.and(page.locator('[data-mode="demo"], [data-mode="sign-in"]')).waitFor();
  if (await app.getAttribute('data-mode') === 'sign-in') {
    // One after the other: a page has one focus.
    await left.enter(users[0].account);
    await right.enter(users[1].account);
  }
  await Promise.all([left.joined(), right.joined()]);
}

describe('two users side by side', () => {
  test('are signed in as two, each sees the other online', async () => {
    const [one, two] = await Promise.all([left, right].map((each) => each.root.getAttribute('data-user-id')));
    assert.notEqual(one, two);
    for (const pane of [left, right]) await attribute(pane.get('presence'), 'presence', 'online');
  });

  test('typing on the left shows on the right, and what is sent is read', async () => {
    await left.type('Morning! Did you see the sky last night?');
    await right.get('typing').getByText('is typing').waitFor();
    await left.get('composer-input').press('Enter');
    await right.message('Morning! Did you see the sky last night?').waitFor();
    await right.get('typing').waitFor({ state: 'hidden' });
    await attribute(left.message('Morning! Did you see the sky last night?'), 'status', 'read');
    await left.message('Morning! Did you see the sky last night?').getByLabel('Read').waitFor();
    await right.send('No, show me');
    await left.message('No, show me').waitFor();
  });

  test('ticks: sent while the other is away, delivered on a device, read when seen', async () => {
    await right.get('back-button').click();
    await left.send('Look at this');
    await attribute(left.message('Look at this'), 'status', 'delivered');
    await right.get('conversation-item').click();
    await attribute(left.message('Look at this'), 'status', 'read');
    await right.get('toggle-online').click();
    await attribute(right.get('connection'), 'state', 'offline');
    await left.send('Worth getting up for');
    await attribute(left.message('Worth getting up for'), 'status', 'sent');
    await attribute(left.get('presence'), 'presence', 'offline');
    await right.get('toggle-online').click();
    await right.message('Worth getting up for').waitFor();
    await attribute(left.message('Worth getting up for'), 'status', 'read');
    await attribute(left.get('presence'), 'presence', 'online');
  });

  test('an image is uploaded, sent and seen', async () => {
    await left.get('file-input').setInputFiles({ name: 'sunset.png', mimeType: 'image/png', buffer: sunset() });
    await left.get('attachment').waitFor();
    await left.get('send-button').click();
    const image = right.get('message-image').last();
    await image.waitFor();
    await page.waitForFunction((element) => element.complete && element.naturalWidth > 0, await image.elementHandle());
    await right.get('message-image-button').last().click();
    await page.getByTestId('lightbox-image').waitFor();
    await page.getByTestId('lightbox-close').click();
  });

  test('a reply quotes, an edit and a reaction are seen, a deletion too', async () => {
    await left.send('Tea or coffee?');
    await right.message('Tea or coffee?').waitFor();
    await right.act('Tea or coffee?', 'reply-button');
    await attribute(right.get('composer-context'), 'mode', 'reply');
    await right.send('Tea, pleas');
    await left.message('Tea, pleas').getByTestId('message-quote').getByText('Tea or coffee?').waitFor();

    await right.act('Tea, pleas', 'edit-button');
    await right.send('Tea, please');
    await left.message('Tea, please').getByTestId('message-edited').waitFor();

    await left.act('Tea, please', 'react-button');
    await left.message('Tea, please').getByTestId('emoji-option').first().click();
    const reaction = right.message('Tea, please').getByTestId('reaction');
    await attribute(reaction, 'count', '1');
    await reaction.click();
    await attribute(left.message('Tea, please').getByTestId('reaction'), 'count', '2');
    if (process.env.SCREENSHOT) {
      await page.mouse.move(0, 0);
      await left.type('One moment');
      await right.get('typing').getByText('is typing').waitFor();
      await page.screenshot({ path: process.env.SCREENSHOT });
      await left.get('composer-input').fill('');
    }

    await left.send('Never mind that');
    await right.message('Never mind that').waitFor();
    const id = await left.message('Never mind that').getAttribute('data-message-id');
    await left.act('Never mind that', 'delete-button');
    for (const pane of [left, right]) {
      await attribute(pane.root.locator(`[data-message-id="${id}"]`), 'deleted', 'true');
      await pane.root.locator(`[data-message-id="${id}"]`).getByText('Message deleted').waitFor();
    }
  });

  test('markup in a message is text', async () => {
    const evil = '<img src=x onerror="window.evil=1"><script>window.evil=1</script>';
    await left.send(evil);
    await right.message(evil).waitFor();
    assert.equal(await page.evaluate(() => globalThis.evil), undefined);
  });

  test('what was written is there after a reload', async () => {
    await left.send('Before the reload');
    await right.message('Before the reload').waitFor();
    await page.reload();
    await enter();
    for (const pane of [left, right]) await pane.message('Before the reload').waitFor();
  });
});
