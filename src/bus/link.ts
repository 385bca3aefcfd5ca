import { NixwaveError } from "../contract/index.ts";
import { type ReconnectPace, reconnectDelayMs } from "./backoff.ts";
import type { Connection, Loss } from "./connection.ts";

/** A connection that lasted this long was a good one: the next wait is short again. */
const GOOD_CONNECTION_MS = 10_000;

interface LinkOptions {
  readonly connect: (signal: AbortSignal) => Promise<Connection>;
  readonly pace: ReconnectPace;
  readonly onUp: (connection: Connection) => void;
  readonly onDown: (loss: Loss) => void;
  readonly onFailed: (error: NixwaveError, retryInMs: number) => void;
}

/** Keeps one connection open, for ever: after each end a new one, with growing, jittered waits. */
export class Link {
  readonly #options: LinkOptions;
  #connection: Connection | undefined;
  #dialling: Promise<void> | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();
  /** Who waits for the next connection. */
  #renewed: PromiseWithResolvers<void> | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** The first connection. @throws NixwaveError as `connect` does; nothing stays open then */
  async open(): Promise<void> {
    this.#adopt(await this.#options.connect(this.#closing.signal));
  }

  #adopt(connection: Connection): void {
    const sinceMs = performance.now();
    this.#connection = connection;
    void connection.closed.then((loss) => {
      this.#connection = undefined;
      if (performance.now() - sinceMs >= GOOD_CONNECTION_MS) this.#failures = 0;
      this.#options.onDown(loss);
      this.#scheduleNext();
    });
    this.#options.onUp(connection);
    this.#renewed?.resolve();
    this.#renewed = undefined;
  }

  /**
   * Ends the connection, calls `between`, and dials at once: the wait is for failures, and this is none.
   * Resolves when a connection stands that was opened after `between`.
   * @throws NixwaveError bus-closed
   */
  async renew(graceMs: number, between: () => void): Promise<void> {
    await this.#dialling;
    await this.#connection?.end(graceMs);
    between();
    if (this.#closing.signal.aborted) throw closed();
    this.#renewed ??= Promise.withResolvers();
    const { promise } = this.#renewed;
    clearTimeout(this.#timer);
    this.#dialling = this.#dial();
    await promise;
  }

  /** @returns the wait in ms */
  #scheduleNext(): number {
    const delayMs = reconnectDelayMs(this.#options.pace, this.#failures, Math.random());
    this.#failures += 1;
    if (!this.#closing.signal.aborted) {
      this.#timer = setTimeout(() => {
        this.#dialling = this.#dial();
      }, delayMs);
    }
    return delayMs;
  }

  async #dial(): Promise<void> {
    try {
      const connection = await this.#options.connect(this.#closing.signal);
      if (this.#closing.signal.aborted) await connection.end(0);
      else this.#adopt(connection);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#options.onFailed(error as NixwaveError, this.#scheduleNext());
    }
  }

  /** Ends the connection and the trying. @param graceMs for PUBACKs that are still awaited */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    this.#renewed?.reject(closed());
    await this.#connection?.end(graceMs);
    await this.#dialling;
  }
}

const closed = (): NixwaveError => new NixwaveError("bus-closed", "this connection was closed");
