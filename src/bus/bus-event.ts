import type { NixwaveError } from "../contract/index.ts";

/** What happened to the connection; for listeners that act on it. */
export type ConnectionEvent =
  | { readonly event: "connected"; readonly broker: string }
  | { readonly event: "lost"; readonly error: NixwaveError };

/** Everything worth a line in a log. */
export type BusEvent =
  | ConnectionEvent
  /** A try to connect failed; the next follows after `retryInMs`. */
  | { readonly event: "connect-failed"; readonly error: NixwaveError; readonly retryInMs: number }
  /** A message or topic that the contract refuses arrived and went to nobody. */
  | { readonly event: "message-refused"; readonly topic: string; readonly error: NixwaveError }
  | { readonly event: "cleared"; readonly topic: string }
  /** A message was given up, because the broker ends the connection whenever it is sent. */
  | { readonly event: "publish-refused"; readonly topic: string; readonly error: NixwaveError }
  | { readonly event: "subscription-refused"; readonly topic: string; readonly error: NixwaveError }
  /** Progress and log lines (QoS 0) are not kept for later: no connection, or the broker does not read. */
  | { readonly event: "dropped"; readonly topic: string; readonly why: "offline" | "congested" }
  /** A late will had overwritten our presence; the birth was published again. */
  | { readonly event: "presence-restored"; readonly topic: string }
  | { readonly event: "listener-failed"; readonly topic: string; readonly error: unknown };
