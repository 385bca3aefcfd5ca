/** What the cache does wrong, for the requests whose path matches `on`. */
export interface Fault {
  readonly on: RegExp;
  readonly how: FaultKind;
  /** How many requests it hits; all of them when not given. */
  readonly times?: number;
}

export type FaultKind =
  /** Takes the request and never answers. */
  | { readonly kind: "hang" }
  /** Ends the connection before the first byte. */
  | { readonly kind: "reset" }
  /** Ends the connection in the middle of the body. */
  | { readonly kind: "truncate" }
  /** Sends half of the body and then nothing more. */
  | { readonly kind: "stall" }
  /** Sends `bytes` of the body every 100 ms. */
  | { readonly kind: "trickle"; readonly bytes: number }
  /** Inverts a byte in the middle of the body. */
  | { readonly kind: "flip" }
  | { readonly kind: "status"; readonly status: number }
  /** Answers well, but late. */
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "body"; readonly text: string }
  | { readonly kind: "edit"; readonly edit: (text: string) => string };

export const PORTAL = "<!DOCTYPE html><html><body>Welcome to our wireless network</body></html>\n";
