/** Waiting, so that a test or a simulation can have another clock. */
export interface Timers {
  /** @returns forgets it */
  after(delayMs: number, what: () => void): () => void;
}

/** Timers of Node.js overflow at 2^31 ms. */
const LONGEST_MS = 2 ** 31 - 1;

export const realTimers: Timers = {
  after: (delayMs, what) => {
    const timer = setTimeout(what, Math.min(Math.max(0, delayMs), LONGEST_MS));
    return () => clearTimeout(timer);
  },
};
