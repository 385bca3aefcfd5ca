import type { NtfyMessage } from "../../src/people/index.ts";
import { type Posted, postToNtfy } from "./ntfy-post.ts";

export interface Letter {
  readonly message: NtfyMessage;
  readonly onSent: (reply: unknown) => void;
  readonly onLost: (why: string, status: number | null) => void;
}

interface PostBoxOptions {
  readonly server: URL;
  readonly token: string;
  /** The first pause after a failure; it doubles with each. */
  readonly restMs: number;
  readonly onRetry: (afterMs: number, why: string) => void;
}

const MAX_LETTERS = 20;
const MAX_TRIES = 6;
const LONGEST_REST_MS = 300_000;

/**
 * Sends one after the other and keeps nobody waiting. A newer letter under the same sequence id takes the place of
 * one that still waits: people need the latest, and ntfy lets nobody post without end (60, then one in 5 s).
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
    const { sequence_id: about, topic } = letter.message;
    const isSame = ({ message }: Letter): boolean =>
      message.sequence_id === about && message.topic === topic;
    for (const old of this.#letters.filter(isSame)) old.onLost("a newer one took its place", null);
    this.#letters = [...this.#letters.filter((one) => !isSame(one)), letter];
    if (this.#letters.length > MAX_LETTERS) this.#letters.shift()?.onLost("too many wait", null);
    if (!this.#isBusy) void this.#work();
  }

  close(): void {
    this.#closing.abort();
    for (const { onLost } of this.#letters) onLost("the node was closed", null);
    this.#letters = [];
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#letters.shift(); next; next = this.#letters.shift()) {
      await this.#deliver(next);
    }
    this.#isBusy = false;
  }

  async #deliver({ message, onSent, onLost }: Letter): Promise<void> {
    const { server, token, restMs, onRetry } = this.#options;
    let unsent: Exclude<Posted, { kind: "sent" }> | null = null;
    for (let tries = 1; tries <= MAX_TRIES && !this.#closing.signal.aborted; tries += 1) {
      const posted = await postToNtfy(server, token, message, this.#closing.signal);
      if (posted.kind === "sent") {
        onSent(posted.reply);
        return;
      }
      unsent = posted;
      if (posted.kind === "refused" || tries === MAX_TRIES || this.#isReplaced(message)) break;
      const rest = Math.min(posted.afterMs ?? restMs * 2 ** (tries - 1), LONGEST_REST_MS);
      onRetry(rest, posted.why);
      await this.#rest(rest);
    }
    onLost(unsent?.why ?? "the node was closed", unsent?.kind === "refused" ? unsent.status : null);
  }

  #isReplaced({ sequence_id: about }: NtfyMessage): boolean {
    return this.#letters.some(({ message }) => message.sequence_id === about);
  }

  #rest(ms: number): Promise<void> {
    const { signal } = this.#closing;
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener("abort", end);
    });
  }
}
