import type { NixwaveError } from "../contract/index.ts";
import type { Arrival, Connection, Loss, Packet } from "./connection.ts";

/** What a reader of retained messages needs of a connection. */
export type Reader = Pick<Connection, "subscribe" | "ping" | "end">;

export interface LineEvents {
  /** The will of the next connection; asked for each time. */
  readonly will: () => Packet | undefined;
  readonly onUp: (connection: Connection) => void;
  readonly onDown: (loss: Loss) => void;
  readonly onFailed: (error: NixwaveError, retryInMs: number) => void;
  /** @param filter the subscription that brought it, where the connection can tell; absent: any */
  readonly onMessage: (arrival: Arrival, filter?: string) => void;
}

/** Where a bus gets its connections from: its own socket, or somebody else's client. */
export interface Line {
  readonly connection: Connection | undefined;
  /** Ends the connection in order, calls `between`, and opens the next one at once. Resolves when that stands. */
  renew(graceMs: number, between: () => void): Promise<void>;
  /** For retained messages, which must not reach the listeners. */
  openReader(timeoutMs: number, onMessage: (arrival: Arrival) => void): Promise<Reader>;
  /** @param graceMs for PUBACKs that are still awaited */
  close(graceMs: number): Promise<void>;
}
