import { type FSWatcher, watch } from "node:fs";
import type { Places } from "./places.ts";

/** Where a folder cannot be watched. */
const LOOK_AGAIN_MS = 1000;

/** Tells whenever something may have been put into the inbox or among the requests. */
export class MailWatch {
  readonly #watchers: readonly FSWatcher[];
  readonly #isWatched: boolean;
  #hasCome: boolean = false;
  #wake: () => void = () => undefined;

  /** @param onCome called each time */
  constructor(places: Pick<Places, "inbox" | "requests">, onCome: () => void = () => undefined) {
    const came = (): void => {
      this.#hasCome = true;
      this.#wake();
      onCome();
    };
    const folders = [places.inbox, places.requests];
    this.#watchers = folders.flatMap((folder) => {
      try {
        return [watch(folder, came).on("error", () => undefined)];
      } catch {
        return []; // not made yet, so early after a boot: looked at again instead
      }
    });
    this.#isWatched = this.#watchers.length === folders.length;
  }

  /** Waits for the next one, no longer than this. @returns whether something came */
  async next(limitMs: number): Promise<boolean> {
    if (!this.#hasCome) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const leastMs = this.#isWatched ? limitMs : Math.min(limitMs, LOOK_AGAIN_MS);
      const timer = setTimeout(resolve, Math.max(leastMs, 1));
      await promise;
      clearTimeout(timer);
    }
    const hasCome = this.#hasCome || !this.#isWatched;
    this.#hasCome = false;
    return hasCome;
  }

  stop(): void {
    for (const watcher of this.#watchers) watcher.close();
  }
}
