// Tokens of other issuers: public keys as PEM, JWKS file and URL; issuer and audience (contract, section 2).

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Client } from './harness/client.mjs';
import { sharedServer } from './harness/deployment.mjs';
import { token } from './harness/jwt.mjs';
import { person } from './harness/people.mjs';

const INVALID = { message: 'Authentication error: Invalid token' };
const directory = mkdtempSync(join(tmpdir(), 'natter-e2e-'));
after(() => rm(directory, { recursive: true, force: true }));

const KEYS = {
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: generateKeyPairSync('ed25519'),
};
const pem = (alg) => KEYS[alg].publicKey.export({ type: 'spki', format: 'pem' });
const jwks = JSON.stringify({
  keys: Object.entries(KEYS).map(([alg, { publicKey }]) => ({ ...publicKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' })),
});
const signed = (alg, claims, kid) => token(claims, { alg, key: KEYS[alg].privateKey, kid });
const refusal = (server, bad) => assert.rejects(new Client(server.url(), { auth: { token: bad } }).connected(), INVALID);

for (const alg of Object.keys(KEYS)) {
  describe(`${alg} by a PEM key`, () => {
    const file = join(directory, `${alg}.pem`);
    writeFileSync(file, pem(alg));
    const server = sharedServer({ env: { NATTER_AUTH__ALGORITHMS: `HS256,${alg}`, NATTER_AUTH__PUBLIC_KEY_FILE: file } });

    test('is accepted; another key, and the public key used as a secret, are not', async () => {
      const user = await person(server);
      await user.connect({ token: signed(alg, { sub: user.id }) });
      await user.connect();
      const other = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
      await refusal(server, token({ sub: user.id }, { alg, key: other.privateKey }));
      await refusal(server, token({ sub: user.id }, { secret: pem(alg) }));
    });
  });
}

describe('JWKS in a file', () => {
  const file = join(directory, 'jwks.json');
  writeFileSync(file, jwks);
  const server = sharedServer({ env: { NATTER_AUTH__ALGORITHMS: 'HS256,RS256,ES256,EdDSA', NATTER_AUTH__JWKS_FILE: file } });

  test('the key is chosen by kid; an unknown one is invalid', async () => {
    const user = await person(server);
    for (const alg of Object.keys(KEYS)) await user.connect({ token: signed(alg, { sub: user.id }, alg) });
    await refusal(server, signed('RS256', { sub: user.id }, 'unknown'));
    await refusal(server, signed('RS256', { sub: user.id }, 'EdDSA'));
  });
});

describe('JWKS at a URL', () => {
  const issuer = createServer((_request, response) => response.setHeader('content-type', 'application/json').end(jwks));
  const env = { NATTER_AUTH__ALGORITHMS: 'HS256,ES256' };
  before(async () => {
    await new Promise((resolve) => { issuer.listen(0, '127.0.0.1', resolve); });
    env.NATTER_AUTH__JWKS_URL = `http://127.0.0.1:${issuer.address().port}/jwks.json`;
  });
  after(() => issuer.close());
  const server = sharedServer({ env });

  test('is fetched; what it has for algorithms not configured is not accepted', async () => {
    const user = await person(server);
    await user.connect({ token: signed('ES256', { sub: user.id }, 'ES256') });
    await refusal(server, signed('RS256', { sub: user.id }, 'RS256'));
  });
});

describe('issuer and audience', () => {
  const server = sharedServer({ env: { NATTER_AUTH__ISSUER: 'https://issuer.test', NATTER_AUTH__AUDIENCE: 'natter' } });

  test('are checked, and the server\'s own tokens have them', async () => {
    const user = await person(server);
    await user.connect();
    const good = { sub: user.id, iss: 'https://issuer.test', aud: 'natter' };
    for (const claims of [good, { ...good, aud: ['other', 'natter'] }]) await user.connect({ token: token(claims) });
    for (const claims of [{ ...good, iss: undefined }, { ...good, iss: 'https://evil.test' }, { ...good, aud: undefined }, { ...good, aud: 'other' }]) {
      await refusal(server, token(claims));
    }
  });
});
