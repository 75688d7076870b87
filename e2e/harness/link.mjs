// A network between clients and a server that a test can break: a TCP proxy on a port of its own.

import { connect, createServer } from 'node:net';

export class Link {
  #server; #target; #pairs = new Set(); #down = false; #mute = false;

  /** A link that leads to the server at `url`, and is up. */
  static async to(url) {
    const link = new Link();
    const { hostname, port } = new URL(url);
    link.#target = { host: hostname, port: Number(port) };
    link.#server = createServer((client) => link.#join(client));
    await new Promise((resolve, reject) => link.#server.once('error', reject).listen(0, '127.0.0.1', resolve));
    link.#server.unref();
    return link;
  }

  /** The address that clients use. */
  get url() { return `http://127.0.0.1:${this.#server.address().port}`; }

  /** Ends every connection, and lets none come about. */
  cut() {
    this.#down = true;
    for (const { client } of this.#pairs) client.destroy();
  }

  /** From now on what the server says is lost, while what clients say arrives. */
  mute() { this.#mute = true; }

  restore() { [this.#down, this.#mute] = [false, false]; }

  close() {
    this.cut();
    this.#server.close();
  }

  #join(client) {
    if (this.#down) return client.destroy();
    const server = connect(this.#target);
    const pair = { client, server };
    this.#pairs.add(pair);
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => { if (!this.#mute) client.write(bytes); });
    for (const [one, other] of [[client, server], [server, client]]) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}
