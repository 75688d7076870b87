// docs/performance.md: what a run has found goes between markers, with the machine and the command.

import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

/** To three digits, with commas. */
export function shown(value) {
  if (value === undefined) return '';
  if (typeof value !== 'number') return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

const middle = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1] + sorted[half]) / 2 : sorted[Math.floor(half)];
};

/** The middle of the values, and from where to where they went. */
const spread = (values, unit = '') => {
  const [low, mid, high] = [Math.min(...values), middle(values), Math.max(...values)].map(shown);
  return values.length === 1 ? `${mid}${unit}` : `${mid}${unit} (${low}–${high})`;
};

export function table(head, rows) {
  const line = (cells) => `| ${cells.map(shown).join(' | ')} |`;
  return [line(head), `| ${head.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`, ...rows.map(line)].join('\n');
}

/** The comparison: medians over the rounds, and the ratios of each round's two. */
export function comparison({ rows, faults }) {
  const lines = rows.map(({ what, unit, goal, natter, peer }) => {
    const suffix = unit ? ` ${unit}` : '';
    const ratios = natter.map((value, round) => value / peer[round]);
    return [what, spread(peer, suffix), spread(natter, suffix), spread(ratios), goal];
  });
  const wrong = faults.length > 0 ? `\n\nWhat was not as it should be:\n\n${faults.map((fault) => `- ${fault}`).join('\n')}` : '\n\nNothing was lost, doubled or out of order.';
  return table(['what', 'peer', 'Natter', 'ratio', 'target'], lines) + wrong;
}

/** When, on what and how it was measured. */
export function circumstances(command) {
  const said = (program, ...args) => {
    try {
      return execFileSync(program, args, { encoding: 'utf8' }).split('\n')[0].trim();
    } catch {
      return `${program} (unknown)`;
    }
  };
  const [{ model }] = cpus();
  const gigabytes = Math.round(totalmem() / 1e9);
  return `Measured on ${new Date().toISOString().slice(0, 10)} on ${cpus().length} cores (${model.trim()}), ${gigabytes} GB, Linux ${release()}, `
    + `Node ${process.versions.node}, commit ${said('git', 'rev-parse', '--short', 'HEAD')}; load average at the start ${loadavg()[0].toFixed(1)}. `
    + `Generator and servers share the cores.\n\n\`\`\`sh\n${command}\n\`\`\``;
}

/** Puts text between the markers of that name. */
export async function write(name, text) {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const page = await readFile(PAGE, 'utf8');
  const [from, to] = [page.indexOf(open), page.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${open} … ${close}`);
  await writeFile(PAGE, `${page.slice(0, from + open.length)}\n${text.trim()}\n${page.slice(to)}`);
}
