// A program that a test talks with, line by line, such as an example.

import { cleanEnvironment } from './natter.mjs';
import { launch } from './program.mjs';
import { SOON, until } from './wait.mjs';

export class Dialogue {
  /** Everything printed so far, a line each, of both streams. */
  lines = [];
  #child; #exited; #ended = false;

  constructor(command, args, { env = {}, cwd } = {}) {
    this.#child = launch(command, args, { env: cleanEnvironment(env), cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (chunk) => {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop();
        this.lines.push(...parts);
      });
    }
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => { this.lines.push(error.message); });
      this.#child.once('close', (code, signal) => { this.#ended = true; resolve(code ?? signal); });
    });
  }

  /** The lines that `pattern` matches. */
  matching(pattern) { return this.lines.filter((line) => pattern.test(line)); }

  /** Waits until `count` lines match. */
  async line(pattern, count = 1, timeout = 3 * SOON) {
    const found = () => this.matching(pattern).length >= count;
    await until(() => found() || this.#ended, 'a line', timeout).catch(() => {});
    if (!found()) throw new Error(`no ${pattern} (${count} times)${this.#ended ? ', and it has ended' : ''}; it printed:\n${this.lines.join('\n')}`);
  }

  /** Writes a line to its input. */
  write(line) { this.#child.stdin.write(`${line}\n`); }

  signal(name) { this.#child.kill(name); }

  /** Resolves with its exit code, or the signal that ended it. */
  async exit(timeout = SOON) {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), timeout);
    const code = await this.#exited;
    clearTimeout(timer);
    return code;
  }

  /** Ends it however it stands. */
  async stop() {
    if (!this.#ended) this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
