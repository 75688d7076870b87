// A program that tests start: how it is started, watched, and ended in every way there is. Knows nothing of what it does.

import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync, readdirSync } from 'node:fs';

import { until } from './wait.mjs';

const START_TIMEOUT = 60_000;
const STOP_TIMEOUT = 30_000;

/** How much of what it printed is kept, in characters. */
const OUTPUT = 200_000;

/** Has the kernel end a program when this process has gone, however it went. */
const WITH_PARENT = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] : [];

const running = new Set();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

/** Starts a program that ends with this process. Interrupts are for this process alone, which decides what they end. */
export function launch(command, args, options) {
  const [program, ...rest] = [...WITH_PARENT, command, ...args];
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** A letter each, see proc_pid_stat(5); it comes after the name in brackets, which may hold anything. */
function statesOfThreads(pid) {
  const stat = (thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
  return readdirSync(`/proc/${pid}/task`).map((thread) => stat(thread).split(') ').at(-1)[0]);
}

/** Collects what a child prints, also in the file `log` where one is named, and remembers how it ended. */
export function watch(child, log) {
  let text = '';
  const file = log && createWriteStream(log, { flags: 'a' });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text = (text + chunk).slice(-OUTPUT);
      file?.write(chunk);
    });
  }
  const exited = new Promise((resolve) => {
    child.once('error', (error) => { text += `\n${error.message}`; resolve({ code: null, signal: 'NOT_STARTED' }); });
    child.once('close', (code, signal) => { file?.end(); resolve({ code, signal }); });
  });
  return { exited, output: () => text };
}

/** One program: the same command on the same port and data, however often it is started. */
export class Program {
  #child; #watched; #settings;
  #panics = '';
  #expected = false;

  /**
   * `isReady(program)` says, by true, that it serves; what it throws is "not yet". `log` is a file that gets what it
   * prints. `onLoss(program)` is called when it has ended and nobody told it to.
   */
  constructor(name, { command, args = [], env = process.env, cwd, log, isReady, onLoss = () => {} }) {
    this.name = name;
    this.#settings = { command, args, env, cwd, log, isReady, onLoss };
  }

  get pid() { return this.#child?.pid; }

  get env() { return this.#settings.env; }

  /** The exit code or the signal that it ended with; undefined while it runs. */
  ended;

  get isRunning() { return this.#child !== undefined && this.ended === undefined; }

  /** Everything that it has printed since it was last started. */
  output() { return this.#watched?.output() ?? ''; }

  /** Starts it, and waits until it is ready. */
  async start(timeout = START_TIMEOUT) {
    this.launch();
    await this.untilReady(timeout);
    return this;
  }

  /** Starts it, and waits for nothing. */
  launch() {
    if (this.isRunning) throw new Error(`${this.name} runs already`);
    const { command, args, env, cwd, log, onLoss } = this.#settings;
    this.ended = undefined;
    this.#expected = false;
    const child = launch(command, args, { env, cwd });
    const watched = watch(child, log);
    this.#child = child;
    this.#watched = watched;
    watched.exited.then(({ code, signal }) => {
      this.ended = code ?? signal;
      if (/panicked at/.test(watched.output())) this.#panics += watched.output();
      if (!this.#expected) onLoss(this);
    });
  }

  /** Waits until it is ready; fails at once where it has ended. */
  async untilReady(timeout = START_TIMEOUT) {
    await until(() => this.ended !== undefined || this.#settings.isReady(this), `${this.name} to be ready`, timeout);
    if (this.ended !== undefined) throw new Error(`${this.name} ended with ${this.ended}:\n${this.output()}`);
  }

  /** Whether it says, now, that it is ready. */
  async ready() {
    try {
      return this.isRunning && Boolean(await this.#settings.isReady(this));
    } catch {
      return false;
    }
  }

  /** SIGTERM, and the exit code (or signal) that it ends with within `timeout` ms. */
  async terminate(timeout = STOP_TIMEOUT) {
    this.#expected = true;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), timeout);
    const { code, signal } = await this.#watched.exited;
    clearTimeout(timer);
    return code ?? signal;
  }

  /** Ends it with no chance to say goodbye. */
  async kill9() {
    this.#expected = true;
    this.#child.kill('SIGKILL');
    await this.#watched.exited;
  }

  /**
   * Stops it without ending it: its connections stay, and nothing answers. Resolves when all of its threads stand still
   * (Linux alone shows that); until then one may still take what comes.
   */
  async pause() {
    this.#child.kill('SIGSTOP');
    await until(() => statesOfThreads(this.pid).every((state) => state === 'T'), `${this.name} to stand still`);
  }

  /** Lets it go on after `pause`. */
  continue() { this.#child.kill('SIGCONT'); }

  /** Waits until it ends by itself, which is what should happen; answers its exit code or signal. */
  async dies() {
    this.#expected = true;
    const { code, signal } = await this.#watched.exited;
    return code ?? signal;
  }

  /** Starts it again, after `terminate`, `kill9` or `dies`; kills it first where it runs. */
  async restart(timeout = START_TIMEOUT) {
    if (this.isRunning) await this.kill9();
    return this.start(timeout);
  }

  /** Stops it if it still runs; fails where it did not end with 0, ended by itself, or has ever panicked. */
  async finish(timeout = STOP_TIMEOUT) {
    if (this.#child === undefined) return;
    const was = this.isRunning;
    if (was) {
      this.continue();
      await this.terminate(timeout);
    }
    if (this.#panics) throw new Error(`${this.name} panicked:\n${this.#panics}`);
    if (this.ended !== 0 && (was || !this.#expected)) throw new Error(`${this.name} ended with ${this.ended}:\n${this.output()}`);
  }
}
