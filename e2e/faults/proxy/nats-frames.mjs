// Just enough of NATS's protocol to take one published message out of a client's stream to the server.

const CRLF = Buffer.from('\r\n');
const EMPTY = Buffer.alloc(0);

/**
 * A filter for a client's direction of a `Link`: cuts the stream into protocol messages and leaves out those for which
 * `drops(subject, body)` is true. `PUB <subject> [reply] <bytes>` and `HPUB <subject> [reply] <header bytes> <bytes>` have a
 * body; all else is a line.
 */
export function publishFilter(drops) {
  let rest = EMPTY;
  return (chunk) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    const kept = [];
    for (;;) {
      const end = rest.indexOf(CRLF);
      if (end < 0) break;
      const words = rest.subarray(0, end).toString('latin1').split(/[ \t]+/);
      const publishes = /^H?PUB$/i.test(words[0]);
      const length = end + CRLF.length + (publishes ? Number(words.at(-1)) + CRLF.length : 0);
      if (rest.length < length) break;
      if (!publishes || !drops(words[1], rest.subarray(end + CRLF.length, length - CRLF.length))) kept.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    return kept.length === 1 ? kept[0] : Buffer.concat(kept);
  };
}
