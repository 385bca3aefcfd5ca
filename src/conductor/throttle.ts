import type { Timers } from "./timers.ts";

/** Does something soon after it was touched, the first time at once, and not more often than allowed. */
export class Throttle {
  readonly #timers: Timers;
  readonly #now: () => number;
  readonly #everyMs: number;
  readonly #work: () => void;
  #last = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(timers: Timers, now: () => number, everyMs: number, work: () => void) {
    this.#timers = timers;
    this.#now = now;
    this.#everyMs = everyMs;
    this.#work = work;
  }

  touch(): void {
    if (this.#cancel !== null) return;
    const since = this.#now() - this.#last;
    // A clock that was set back must not silence it for long.
    const waitMs = since < 0 || since >= this.#everyMs ? 0 : this.#everyMs - since;
    this.#cancel = this.#timers.after(waitMs, () => {
      this.#cancel = null;
      this.#last = this.#now();
      this.#work();
    });
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = () => undefined; // touched no more
  }
}
