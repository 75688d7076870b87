// Waiting for a condition within a bound; nothing in this suite sleeps for a fixed time and hopes.

/** Milliseconds that a test waits for something that should come soon; only a failing test spends them. */
export const SOON = 30_000;

/**
 * Resolves with the first truthy value of `probe`, which may be async; rejects after `timeout` ms, naming `what`.
 * A probe that throws counts as "not yet", and its error is told at the end.
 */
export async function until(probe, what = 'the condition', timeout = SOON) {
  const deadline = Date.now() + timeout;
  for (;;) {
    let fault;
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      fault = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${timeout} ms for ${what}${fault ? `; last: ${fault.message}` : ''}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until the wall clock has passed `time` (ms since 1970): for deadlines that are themselves under test. */
export const untilTime = (time) => until(() => Date.now() > time, new Date(time).toISOString(), time - Date.now() + SOON);

/** Calls `make(0) … make(count - 1)` all at once and waits for all. */
export const times = (count, make) => Promise.all(Array.from({ length: count }, (_, index) => make(index)));
