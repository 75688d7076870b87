// HAProxy with the configuration that deploy/ documents, in front of local services.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { freePort } from '../ports.mjs';
import { Server, find, says } from './servers.mjs';

const CONFIGURATION = fileURLToPath(new URL('../../../deploy/haproxy.cfg', import.meta.url));
const SERVER = /^(\s+server )(gateway|media-service)-(\d+) \S+(.*)$/;

/** The documented file, with nothing but `bind` and the servers changed: as many as there are, where there are. */
export function render(text, { port, gateways, mediaServices }) {
  const services = { gateway: gateways, 'media-service': mediaServices };
  const lines = text.split('\n').flatMap((line) => {
    if (/^\s+bind /.test(line)) return line.replace(/bind \S+/, `bind 127.0.0.1:${port}`);
    const [, indent, kind, number, rest] = SERVER.exec(line) ?? [];
    if (!kind) return line;
    if (number !== '0') return [];
    return services[kind].map(({ name, url }) => `${indent}${name} ${new URL(url).host}${rest.replaceAll(`${kind}-0`, name)}`);
  });
  return lines.join('\n');
}

/** Not started yet: a balancer in front of these services, which need not run. */
export async function balancer(name, { port, gateways, mediaServices, directory, log, onLoss }) {
  const own = port ?? await freePort();
  const file = join(directory, `${name}.cfg`);
  await writeFile(file, render(await readFile(CONFIGURATION, 'utf8'), { port: own, gateways, mediaServices }));
  return new Server(name, own, `http://127.0.0.1:${own}`, {
    command: find('haproxy'), args: ['-db', '-f', file], isReady: () => says(own, ''), log, onLoss,
  });
}
