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

const { refused, usage, broker, nix, file, bug } = EXIT;

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
  "nothing-verified": refused,
  "publish-contended": refused,
  // Nix
  "nix-missing": nix,
  "nix-failed": nix,
  "path-not-in-store": nix,
  // Bus
  "invalid-broker-url": usage,
  "invalid-client-id": usage,
  "broker-unreachable": broker,
  "broker-refused": broker,
  "broker-bad-credentials": broker,
  "broker-not-authorised": broker,
  "tls-untrusted": broker,
  "tls-certificate-refused": broker,
  "tls-failed": broker,
  "broker-lost": broker,
  "subscription-refused": broker,
  "publish-refused": broker,
  "publish-not-kept": broker,
  "outbox-full": broker,
  "snapshot-incomplete": broker,
  "bus-closed": broker,
  // Broker
  "account-exists": usage,
  "account-unknown": usage,
  "password-invalid": usage,
  "port-in-use": broker,
  "listen-failed": broker,
  "tls-material-invalid": usage,
  "broker-state-locked": broker,
  "broker-state-unreadable": broker,
  "broker-state-failed": broker,
  "publish-failed": broker,
  // Host
  "agent-config-invalid": usage,
  "host-memory-unreadable": file,
  "program-not-started": file,
  "disk-full": nix,
  "closure-untrusted": refused,
  "closure-corrupt": nix,
  "closure-missing": nix,
  "cache-unusable": nix,
  "cache-unreachable": nix,
  "pull-too-slow": nix,
  "nar-hash-mismatch": refused,
  "not-a-nixos-system": refused,
  "activation-failed": refused,
  "activation-too-slow": refused,
  "attempt-open": refused,
  "lease-expired": refused,
  "agent-restarted": refused,
  "revert-ordered": refused,
  "revert-failed": refused,
  superseded: refused,
  // Hub and demo
  "fleet-config-invalid": usage,
  "flow-not-started": usage,
  "editor-port-taken": usage,
  "demo-too-slow": refused,
  "demo-not-deployed": refused,
  "demo-host-ended": refused,
};

export const exitStatusOf = (code: ErrorCode): ExitStatus => STATUS[code];
