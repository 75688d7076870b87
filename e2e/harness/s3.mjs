// A server of S3's API, with an empty bucket in memory, on a free port of 127.0.0.1. Any credentials are good.

import assert from 'node:assert/strict';

import { find } from './cluster/servers.mjs';
import { freePort } from './ports.mjs';
import { Program } from './program.mjs';

/** Tells the server that S3 is meant. */
const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none';

export class Bucket extends Program {
  constructor(port) {
    super('s3', {
      command: find('moto_server'),
      args: ['--host', '127.0.0.1', '--port', port],
      isReady: async () => (await fetch(`http://127.0.0.1:${port}/moto-api/data.json`, { signal: AbortSignal.timeout(2000) })).ok,
    });
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  /** Not started yet. */
  static async make() { return new Bucket(await freePort()); }

  /** Starts it, and makes the bucket. */
  async start() {
    await super.start();
    await this.#ask('PUT', '');
    return this;
  }

  /** What whoever stores media there is to be told. */
  get env() {
    return {
      NATTER_MEDIA__STORAGE: 's3://natter/chat',
      AWS_ENDPOINT_URL: this.endpoint, AWS_ALLOW_HTTP: 'true', AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'natter', AWS_SECRET_ACCESS_KEY: 'none',
    };
  }

  /** Names of what is there. */
  names() { return this.#keys('?list-type=2'); }

  /** Names of what is being written. */
  underWay() { return this.#keys('?uploads'); }

  async #keys(query) {
    const list = await this.#ask('GET', query);
    return [...list.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key);
  }

  async #ask(method, query) {
    const answer = await fetch(`${this.endpoint}/natter${query}`, { method, headers: { authorization: AUTHORIZATION } });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    return text;
  }
}
