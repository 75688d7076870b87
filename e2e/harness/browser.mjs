// The demo page in Debian's headless Chromium: one page with two panes.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Starts the browser; fails, with what to do, where there is none. */
export async function launchBrowser() {
  if (!existsSync(EXECUTABLE)) throw new Error(`no browser at ${EXECUTABLE}: run scripts/setup (apt-get install chromium), or set CHROMIUM`);
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });
}

/** One of the two users on the page. */
export class Pane {
  constructor(page, side) {
    this.page = page;
    this.root = page.getByTestId(`pane-${side}`);
  }

  /** An element of this pane by its data-testid, visible or not. */
  get(testId) { return this.root.getByTestId(testId); }

  /** Signs in, unless that has been done in this tab, and opens the first conversation. */
  async enter({ username, password }) {
    const item = this.get('conversation-item').first();
    await item.or(this.get('auth-form')).first().waitFor();
    if (await this.get('auth-form').isVisible()) {
      await this.get('auth-username').fill(username);
      await this.get('auth-password').fill(password);
      await this.get('auth-submit').click();
    }
    await item.click();
  }

  /** Waits until the pane has joined its conversation. */
  async joined() { await this.root.and(this.page.locator('[data-joined="true"]')).waitFor(); }

  /** The message with this text. */
  message(text) {
    const exactly = new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
    return this.get('message').filter({ has: this.page.getByTestId('message-text').filter({ hasText: exactly }) });
  }

  async type(text) { await this.get('composer-input').pressSequentially(text, { delay: 5 }); }

  async send(text) {
    await this.get('composer-input').fill(text);
    await this.get('send-button').click();
    await this.message(text).waitFor();
  }

  /** Presses a button of a message, which shows while the pointer is on the message. */
  async act(text, testId) {
    await this.message(text).hover();
    await this.message(text).getByTestId(testId).click();
  }
}

/** Waits until the element has `data-…` attribute `name` at `value`. */
export async function attribute(locator, name, value) {
  const page = locator.page();
  await locator.and(page.locator(`[data-${name}="${value}"]`)).waitFor();
}
