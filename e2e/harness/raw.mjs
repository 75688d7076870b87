// A WebSocket that speaks Engine.IO by hand, for what the stock client would never do.

import WebSocket from 'ws';

import { until } from './wait.mjs';

export class RawSocket {
  /** Every frame from the server, as text. */
  received = [];
  #closed = false;

  /** Opens a connection and, with a token, connects to the default namespace. */
  static async open(url, token) {
    const raw = new RawSocket(url);
    await until(() => raw.received.some((each) => each.startsWith('0')), 'the open packet');
    if (token) {
      raw.send(`40${JSON.stringify({ token })}`);
      await until(() => raw.received.some((each) => each.startsWith('40')), 'the connect packet');
    }
    return raw;
  }

  constructor(url) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    this.socket.on('message', (data) => this.received.push(data.toString()));
    this.socket.on('close', () => { this.#closed = true; });
    this.socket.on('error', () => {});
  }

  get closed() { return this.#closed; }

  /** Sends one frame, as it is; a closed connection takes it silently. */
  send(frame) { this.socket.send(frame, () => {}); }

  /** Sends an event and waits until it is acknowledged or the connection is closed; answers whether it was acknowledged. */
  async acknowledged(event, payload, id = 777) {
    const acked = () => this.received.some((each) => each.startsWith(`43${id}[`));
    this.send(`42${id}${JSON.stringify([event, payload])}`);
    await until(() => acked() || this.closed, 'an ack or a close');
    return acked();
  }

  /** Stops reading, so that the server's buffers fill. */
  pause() { this.socket.pause(); }

  resume() { this.socket.resume(); }

  end() { this.socket.terminate(); }
}
