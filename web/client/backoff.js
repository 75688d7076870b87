// Waiting between attempts: doubling, with jitter so that many clients don't come back in step.

/** Milliseconds to wait before attempt number `attempt` (0, 1, …) is repeated. */
export function backoff(attempt, { first = 500, most = 8_000 } = {}) {
  const full = Math.min(most, first * 2 ** Math.min(attempt, 16));
  return full / 2 + (Math.random() * full) / 2;
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
