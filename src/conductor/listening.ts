import type { Subscription } from "../bus/index.ts";

interface Hearer {
  listen(): readonly Promise<Subscription>[];
}

/**
 * Subscriptions that come when the broker does: a hub begins without it, since orders wait for the connection too.
 * A refused one is said, and the others are heard all the same.
 */
export class Listening {
  readonly #failed: (error: unknown) => void;
  readonly #open: Subscription[] = [];
  #isClosed: boolean = false;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  begin(hearers: readonly Hearer[]): void {
    for (const one of hearers.flatMap((hearer) => hearer.listen())) {
      one.then((subscription) => {
        if (this.#isClosed) subscription.unsubscribe();
        else this.#open.push(subscription);
      }, this.#tell);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const subscription of this.#open) subscription.unsubscribe();
  }

  readonly #tell = (error: unknown): void => {
    if (!this.#isClosed) this.#failed(error);
  };
}
