// What the server says of itself, in /asyncapi.json and /openapi.json, as validators of what really comes.

import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { request } from './http.mjs';

/** Fields that a description does not name are allowed by it; here they are faults, so that none is forgotten. */
function strict(schema) {
  if (Array.isArray(schema)) return schema.map(strict);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  if (copy.type === 'object' && copy.properties && copy.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}

const escaped = (key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));

/** A document with its schemas. */
class Document {
  #ajv = new Ajv({ strict: false });
  #known = new Map();

  constructor(document) {
    this.document = document;
    addFormats(this.#ajv);
    this.#ajv.addSchema({ $id: 'strict', ...strict(document) });
    this.#ajv.addSchema({ $id: 'open', ...document });
  }

  /** What is wrong with a value, by the schema at this path in the document; null where nothing is. */
  faults(path, value, which = 'strict') {
    const reference = `${which}#/${path.map(escaped).join('/')}`;
    if (!this.#known.has(reference)) this.#known.set(reference, this.#ajv.compile({ $ref: reference }));
    const valid = this.#known.get(reference);
    return valid(value) ? null : this.#ajv.errorsText(valid.errors);
  }

  /** Compiles every schema at these paths: fails where a reference leads nowhere. */
  check(paths) { for (const path of paths) this.faults(path, null); }
}

/** /asyncapi.json: what sockets send and get. */
export class DescribedEvents extends Document {
  static async of(url) { return new this((await request(url, 'GET', '/asyncapi.json')).body); }

  /** Names of the events of a dialect that clients send (`receive`) or the server sends (`send`). */
  names(dialect, action) {
    const channel = `#/channels/${dialect}`;
    const operations = Object.values(this.document.operations).filter((each) => each.action === action && each.channel.$ref === channel);
    return operations.flatMap(({ messages }) => messages.map(({ $ref }) => this.message(dialect, $ref.split('/').at(-1)).name));
  }

  message(dialect, key) { return this.document.channels[dialect].messages[key]; }

  /** What is wrong with what came under a message's key, such as `server.new:message` or `ack.sync`; null where nothing is. */
  fault(dialect, key, value, which) {
    if (!this.message(dialect, key)) return `${key} is not described`;
    return this.faults(['channels', dialect, 'messages', key, 'payload'], value, which);
  }

  everyMessage() {
    return Object.entries(this.document.channels).flatMap(([dialect, { messages }]) => Object.keys(messages).map((key) => [dialect, key]));
  }
}

/** /openapi.json: what HTTP takes and answers. */
export class DescribedRoutes extends Document {
  static async of(url) { return new this((await request(url, 'GET', '/openapi.json')).body); }

  /** What is wrong with an answer; null where nothing is. */
  fault(method, template, response) {
    const { responses } = this.document.paths[template]?.[method.toLowerCase()] ?? {};
    if (!responses) return `${method} ${template} is not described`;
    const status = responses[response.status] ? String(response.status) : 'default';
    const path = ['paths', template, method.toLowerCase(), 'responses', status, 'content', 'application/json', 'schema'];
    return this.faults(path, response.body);
  }

  /** What is wrong with a request's body; null where nothing is. */
  requestFault(method, template, body) {
    const path = ['paths', template, method.toLowerCase(), 'requestBody', 'content', 'application/json', 'schema'];
    return this.faults(path, body, 'open');
  }

  /** Whether a route says that it takes or shows things in the client's dialect. */
  mindsDialect(method, template) {
    const { parameters = [] } = this.document.paths[template][method.toLowerCase()];
    return parameters.some(({ name }) => name === 'X-Dialect') && parameters.some(({ name }) => name === 'dialect');
  }

  /** Every route of the API: `[method, template]`. */
  routes() {
    return Object.entries(this.document.paths).filter(([path]) => path.startsWith('/api/'))
      .flatMap(([path, item]) => Object.keys(item).map((method) => [method.toUpperCase(), path]));
  }
}

/** Remembers what clients of a dialect get, to compare it with the description. */
export class Witness {
  #clients = [];
  #acks = [];

  constructor(described) { this.described = described; }

  /** Watches a client, its acks included; gives it back. */
  watch(dialect, client) {
    const emit = client.emit.bind(client);
    client.emit = async (event, ...args) => {
      const ack = await emit(event, ...args);
      this.#acks.push({ dialect, event, payload: args[0], ack });
      return ack;
    };
    this.#clients.push({ dialect, client });
    return client;
  }

  /** Faults of all that came. */
  faults() {
    const faults = [];
    const judge = (dialect, key, value) => {
      const fault = this.described.fault(dialect, key, value);
      if (fault) faults.push(`${dialect} ${key} ${JSON.stringify(value)}: ${fault}`);
    };
    for (const { dialect, client } of this.#clients) {
      for (const { event, payload, rest } of client.log) {
        judge(dialect, `server.${event}`, payload);
        if (rest.length > 0) faults.push(`${event} has ${rest.length + 1} arguments`);
      }
    }
    for (const { dialect, event, ack } of this.#acks) judge(dialect, `${ack.success ? 'ack' : 'refusal'}.${event}`, ack);
    // What was carried out must be what is described as a payload.
    for (const { dialect, event, payload, ack } of this.#acks) {
      const fault = ack.success && this.described.fault(dialect, `client.${event}`, payload, 'open');
      if (fault) faults.push(`${dialect} ${event} ${JSON.stringify(payload)} was taken: ${fault}`);
    }
    return faults;
  }

  /** Names of the server's events that clients of a dialect have got. */
  told(dialect) {
    const heard = this.#clients.filter((each) => each.dialect === dialect).flatMap(({ client }) => client.log.map(({ event }) => event));
    return [...new Set(heard)].sort();
  }

  /** Names of the events of a dialect that were carried out. */
  carriedOut(dialect) {
    const done = this.#acks.filter((each) => each.dialect === dialect && each.ack.success).map(({ event }) => event);
    return [...new Set(done)].sort();
  }
}
