import type { ErrorCode } from "../contract/index.ts";

/** Every exit status of `nixwave`; the README repeats the table. */
export const EXIT = {
  ok: 0,
  /** A rule of the contract refused it, or a verification failed. */
  refused: 1,
  /** Wrong usage, or input that cannot be used. */
  usage: 2,
  /** The broker was not reached, refused us, or did not keep the message. */
  broker: 3,
  /** Nix or a store. */
  nix: 4,
  /** A file or folder of this machine. */
  file: 5,
  /** A bug (EX_SOFTWARE of sysexits.h). */
  bug: 70,
} as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

const { refused, usage, nix, file, bug } = EXIT;

const STATUS: Readonly<Record<ErrorCode, ExitStatus>> = {
  // Bytes
  "too-large": usage,
  "not-utf8": usage,
  "not-json": usage,
  "duplicate-key": usage,
  "unsafe-number": usage,
  "invalid-field": usage,
  "invalid-base64": usage,
  // Names
  "invalid-host-name": usage,
  "invalid-name": usage,
  "invalid-store-path": usage,
  "invalid-instant": usage,
  "invalid-topic": usage,
  // Keys and signatures
  "invalid-key": usage,
  "invalid-envelope": refused,
  "signature-invalid": refused,
  // Statement and release
  "wrong-fleet": refused,
  "wrong-host": refused,
  "wrong-channel": refused,
  "wrong-system": refused,
  "statement-expired": refused,
  "statement-mismatch": refused,
  "serial-below-floor": refused,
  "serial-equivocation": refused,
  "serial-in-future": refused,
  "serial-not-rising": refused,
  "min-serial-invalid": refused,
  "release-empty": usage,
  "host-repeated": refused,
  // Orders
  "order-stale": refused,
  "order-replayed": refused,
  "order-equivocation": refused,
  "clock-unsynchronised": refused,
  "not-in-trial": refused,
  "attempt-closed": refused,
  "not-committed-here": refused,
  quarantined: refused,
  // Command line
  "wrong-usage": usage,
  "internal-error": bug,
  "file-unreadable": file,
  "file-exists": file,
  "file-unwritable": file,
  "secret-exposed": file,
  "signing-key-missing": usage,
  "rollback-script-refused": usage,
  "spec-unknown-key": usage,
  "no-previous-release": usage,
  "previous-not-trusted": refused,
  "host-not-in-spec": usage,
  "system-unknown": usage,
  "release-not-accepted": refused,
  "release-not-found": refused,
  // Nix
  "nix-missing": nix,
  "nix-failed": nix,
  "path-not-in-store": nix,
};

export const exitStatusOf = (code: ErrorCode): ExitStatus => STATUS[code];
