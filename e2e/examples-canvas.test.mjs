// examples/canvas: what is drawn in one browser is on the other's canvas, pixel by pixel.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launchBrowser } from './harness/browser.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { Link } from './harness/link.mjs';
import { directId, people } from './harness/people.mjs';
import { serveRepository } from './harness/static.mjs';
import { SOON, until } from './harness/wait.mjs';

const server = sharedServer();
let browser, site;
before(async () => { [browser, site] = [await launchBrowser(), await serveRepository()]; });
after(async () => {
  await browser?.close();
  await site?.stop();
});

/** Somebody's page, at the canvas with `other`. */
async function draw(user, other, { url = server.url(), viewport = { width: 900, height: 720 } } = {}) {
  const page = await (await browser.newContext({ viewport, colorScheme: 'light' })).newPage();
  page.setDefaultTimeout(45_000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  await page.goto(`${site.url}/examples/canvas/?server=${url}`);
  await page.getByLabel('Your username').fill(user.username);
  await page.getByLabel('Password').fill(user.account.password);
  await page.getByLabel('Draw with').fill(other.username);
  await page.getByRole('button', { name: 'Draw' }).click();
  await live(page);
  return page;
}

const live = (page, yes = true) => page.locator(`canvas[data-live="${yes}"]`).waitFor();
const picture = (page) => page.locator('canvas').evaluate((canvas) => canvas.toDataURL());
const close = async (...pages) => {
  for (const page of pages) {
    await page.context().close();
    assert.deepEqual(page.faults, []);
  }
};

async function choose(page, color, brush) {
  await page.getByLabel('Colour').fill(color);
  await page.getByLabel('Brush').fill(String(brush));
}

/** Draws a line through points that are given in parts of the canvas. */
async function stroke(page, points) {
  const box = await page.locator('canvas').boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 6 });
  await page.mouse.up();
}

/** Both canvases have the same pixels, and others than `before`. */
async function same(one, other, before) {
  const drawn = await picture(one);
  assert.notEqual(drawn, before);
  await until(async () => (await picture(other)) === drawn, 'the same picture', 3 * SOON);
  return drawn;
}

/** A scribble that crosses itself: with its points in another order it is another picture. */
const scribble = Array.from({ length: 24 }, (_, index) => [0.5 + 0.4 * Math.sin(index * 2.4), 0.5 + 0.4 * Math.cos(index * 1.7)]);

test('a stroke is on the other canvas, in order, and the other way round', async () => {
  const [a, b] = await people(server, 2);
  const id = await directId(a, b);
  const listener = await b.join(id);
  const [pa, pb] = [await draw(a, b), await draw(b, a, { viewport: { width: 600, height: 640 } })];
  const blank = await picture(pa);
  assert.equal(await picture(pb), blank);

  await choose(pa, '#c0392b', 8);
  await stroke(pa, scribble);
  const first = await same(pa, pb, blank);

  const points = listener.seen('strokePoint');
  assert.ok(points.length > 24, `${points.length} points`);
  assert.deepEqual(Object.keys(points[0]), ['userId', 'roomId', 'strokeId', 'color', 'brushSize', 'point']);
  const { strokeId, point, ...rest } = points[0];
  assert.deepEqual(rest, { userId: a.id, roomId: id, color: '#c0392b', brushSize: 8 });
  assert.deepEqual(new Set(points.map((each) => each.strokeId)), new Set([strokeId]));

  await choose(pb, '#2455c3', 24);
  await stroke(pb, [[0.1, 0.9], [0.9, 0.1]]);
  const second = await same(pb, pa, first);
  await choose(pa, '#f1c40f', 14);
  await stroke(pa, [[0.1, 0.1], [0.9, 0.9]]);
  await same(pa, pb, second);
  if (process.env.SCREENSHOT) await pb.screenshot({ path: process.env.SCREENSHOT });
  await close(pa, pb);
});

test('without a network nobody draws, and with it again both do', async () => {
  const [a, b] = await people(server, 2);
  const link = await Link.to(server.url());
  const [pa, pb] = [await draw(a, b, { url: link.url }), await draw(b, a)];
  const blank = await picture(pa);
  link.cut();
  await live(pa, false);
  await stroke(pa, scribble.slice(0, 3));
  assert.equal(await picture(pa), blank);
  link.restore();
  await live(pa);
  await stroke(pa, scribble.slice(0, 4));
  const first = await same(pa, pb, blank);
  await stroke(pb, scribble.slice(4, 8));
  await same(pb, pa, first);
  await close(pa, pb);
  link.close();
});
