import type { Posted } from "./ntfy-post.ts";
import { waitUnlessClosed } from "./wait-unless-closed.ts";

export interface Letter {
  /** A newer letter about the same takes its place. */
  readonly about: string;
  /** ntfy's, 1 to 5. */
  readonly priority: number;
  readonly send: (signal: AbortSignal) => Promise<Posted>;
  readonly onSent: (reply: unknown) => void;
  readonly onLost: (why: string, status: number | null) => void;
}

interface PostBoxOptions {
  /** The first pause after a failure; it doubles with each. */
  readonly restMs: number;
  /** How long what is less than urgent is tried; half a day by default. */
  readonly patienceMs?: number;
  readonly onRetry: (afterMs: number, why: string) => void;
}

const MAX_LETTERS = 20;
const LONGEST_REST_MS = 300_000;
/** What nobody could be told for half a day is no news; what needs somebody now is told whenever it can be. */
const PATIENCE_MS = 12 * 3_600_000;
const NEEDS_SOMEBODY = 4;
const NEEDS_SOMEBODY_NOW = 5;

/**
 * Sends one after the other and keeps nobody waiting. A newer letter about the same takes the place of one that still
 * waits: people need the latest, and ntfy lets nobody post without end (60, then one in 5 s). Only what needs somebody
 * does not give way to less.
 */
export class PostBox {
  readonly #options: PostBoxOptions;
  readonly #closing = new AbortController();
  #letters: Letter[] = [];
  #isBusy: boolean = false;

  constructor(options: PostBoxOptions) {
    this.#options = options;
  }

  post(letter: Letter): void {
    const old = this.#letters.filter((one) => replaces(letter, one));
    this.#letters = [...this.#letters.filter((one) => !old.includes(one)), letter];
    for (const { onLost } of old) onLost(REPLACED, null);
    if (this.#letters.length > MAX_LETTERS) this.#dropOne();
    if (!this.#isBusy) void this.#work();
  }

  close(): void {
    this.#closing.abort();
    for (const { onLost } of this.#letters) onLost("the node was closed", null);
    this.#letters = [];
  }

  /** The oldest of those that matter least. */
  #dropOne(): void {
    const least = Math.min(...this.#letters.map(({ priority }) => priority));
    const place = this.#letters.findIndex(({ priority }) => priority === least);
    const [dropped] = this.#letters.splice(place, 1);
    dropped?.onLost("too many wait", null);
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#letters.shift(); next; next = this.#letters.shift()) {
      await this.#deliver(next);
    }
    this.#isBusy = false;
  }

  async #deliver(letter: Letter): Promise<void> {
    const { restMs, onRetry, patienceMs = PATIENCE_MS } = this.#options;
    const { signal } = this.#closing;
    let waitedMs = 0;
    for (let tries = 0; !signal.aborted; tries += 1) {
      const posted = await letter.send(signal);
      if (posted.kind === "sent") return letter.onSent(posted.reply);
      if (posted.kind === "refused") return letter.onLost(posted.why, posted.status);
      if (this.#letters.some((one) => replaces(one, letter))) return letter.onLost(REPLACED, null);
      if (waitedMs > patienceMs && letter.priority < NEEDS_SOMEBODY_NOW) {
        return letter.onLost(posted.why, null);
      }
      const rest = Math.min(posted.afterMs ?? restMs * 2 ** Math.min(tries, 20), LONGEST_REST_MS);
      if (!signal.aborted) onRetry(rest, posted.why);
      await waitUnlessClosed(rest, signal);
      waitedMs += rest;
    }
    letter.onLost("the node was closed", null);
  }
}

const REPLACED = "a newer one took its place";

const replaces = (newer: Letter, older: Letter): boolean =>
  newer !== older &&
  newer.about === older.about &&
  (older.priority < NEEDS_SOMEBODY || newer.priority >= older.priority);
