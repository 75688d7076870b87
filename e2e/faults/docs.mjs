// Makes docs/faults.md of a file of results: `node e2e/faults/docs.mjs RESULTS`. scripts/test --write-docs calls it.

import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

import { FIGURES } from './figures.mjs';

const [file] = process.argv.slice(2);
const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line));
const seconds = (ms) => (ms < 950 ? `${(ms / 1000).toFixed(2)} s` : `${(ms / 1000).toFixed(1)} s`);

const missing = Object.keys(FIGURES).filter((key) => !lines.some((line) => line.key === key));
if (missing.length > 0) throw new Error(`${file} has no result of ${missing.join(', ')}: was the whole suite run?`);

const rows = Object.entries(FIGURES).map(([key, { fault, what, bound, file: name }]) => {
  const all = lines.filter((line) => line.key === key).map(({ ms }) => ms).sort((a, b) => a - b);
  const median = (all[(all.length - 1) >> 1] + all[all.length >> 1]) / 2;
  return `| ${fault} | ${what} | ${bound ? `${bound} s` : '—'} | ${all.length} | ${seconds(median)} | ${seconds(all.at(-1))} | \`${name}\` |`;
});

await writeFile(fileURLToPath(new URL('../../docs/faults.md', import.meta.url)), `# When parts die

What was measured when parts of a cluster were killed, stopped or cut off under load: 40 clients of both dialects on 2 gateways,
in 10 conversations, with 2 message services, 2 presence services and 2 media services, a real nats-server, mongod and
redis-server, all on one machine of ${cpus().length} cores with the clients. The table is made by the suite (\`e2e/README.md\` tells of it):

\`\`\`
scripts/test --write-docs                     # all of it, every fault once; with --faults-long five times
scripts/test e2e/faults/nats.test.mjs         # the file of one row
\`\`\`

After every fault everything that clients heard, and everything that is stored, was checked: acknowledged messages are stored,
\`seq\` and \`rev\` have no holes, nothing is there twice, everybody saw every change once and in order, and who is online is right.

| fault | what was measured | bound | runs | median | worst | file |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

The suite fails where a bound is missed. \`—\`: nothing is promised. The build is that of the tests, hardly optimised.
`);
