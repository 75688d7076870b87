// A TCP link to a server that can be cut, delayed, or made to swallow everything: a port of 127.0.0.1 whose connections
// go on to a server's.

import { connect, createServer } from 'node:net';

export class Link {
  #server; #target; #connections = new Set();
  #held = false;
  #closed = false;
  #delay = 0;
  #filter;

  /** To `host:port` of a server; `filter`, where given, makes a function `(chunk) => chunk` for each direction of each connection. */
  static async to(port, { host = '127.0.0.1', filter = {} } = {}) {
    const link = new Link();
    link.#target = { port, host };
    link.#filter = filter;
    link.#server = createServer({ pauseOnConnect: true }, (client) => link.#accept(client));
    await new Promise((resolve, reject) => link.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    return link;
  }

  /** The port to connect to. */
  get port() { return this.#server.address().port; }
  get connections() { return this.#connections.size; }

  /** Ends all connections, and refuses new ones until `restore`: as where the server's machine is there and the server is not. */
  cut() {
    this.#closed = true;
    this.#reset();
  }

  /** Nothing comes through any more, and nobody is told: as where a cable is pulled. */
  blackhole() {
    this.#held = true;
    for (const { client, server } of this.#connections) for (const side of [client, server]) side.pause();
  }

  /** Everything takes `ms` longer, in each direction. */
  delay(ms) { this.#delay = ms; }

  /** All is well for new connections; what there was is ended if anything of it may be lost. */
  restore() {
    if (this.#held) this.#reset();
    this.#held = this.#closed = false;
    this.#delay = 0;
  }

  async close() {
    this.#closed = true;
    this.#reset();
    await new Promise((resolve) => { this.#server.close(resolve); });
  }

  #reset() { for (const { client, server } of this.#connections) for (const side of [client, server]) side.destroy(); }

  #accept(client) {
    client.on('error', () => {});
    if (this.#closed) return client.resetAndDestroy();
    // A connection made while nothing comes through stays without an answer, and is ended by `restore`.
    const server = connect(this.#target);
    const pair = { client, server };
    this.#connections.add(pair);
    const end = () => {
      this.#connections.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const side of [client, server]) side.on('error', end).on('close', end).setNoDelay(true);
    this.#pipe(client, server, this.#filter.up?.(pair));
    this.#pipe(server, client, this.#filter.down?.(pair));
    for (const side of [client, server]) if (this.#held) side.pause(); else side.resume();
  }

  #pipe(from, to, filter = (chunk) => chunk) {
    const write = (chunk) => {
      if (this.#held || to.destroyed) return;
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => { if (!this.#held) from.resume(); });
      }
    };
    let late = Promise.resolve();
    let waiting = 0;
    from.on('data', (chunk) => {
      const passed = filter(chunk);
      if (passed.length === 0) return;
      if (this.#delay === 0 && waiting === 0) return write(passed);
      const due = Date.now() + this.#delay;
      waiting += 1;
      late = late.then(() => new Promise((resolve) => { setTimeout(resolve, due - Date.now()); })).then(() => {
        waiting -= 1;
        write(passed);
      });
    });
    from.on('end', () => { if (!this.#held) to.end(); });
  }
}
