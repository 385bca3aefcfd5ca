import { epochMs } from "./instants.ts";
import { sessionId } from "./names.ts";
import { flag, integer, nullable, object, oneOf, type Parsed, text } from "./schema.ts";
import { storePath } from "./store-path.ts";

/**
 * `trial.v1`: all that the deadman reads. Frozen for ever, like the path of the lock: the program that
 * reads it may be older or newer than the one that wrote it (DESIGN 7, "Deadman").
 */
export const trial = object({
  /** `<rollout>/<attempt>`, for a log. */
  attempt: text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\/\d{1,7}$/, "rollout/attempt"),
  bootId: sessionId,
  /** Where to return to: what ran, and where the profile pointed. */
  prev: storePath,
  profile: nullable(storePath),
  target: storePath,
  /** In boot time that counts suspend, Unix-like milliseconds since boot; in `rebooting` of the boot that it leads to. */
  deadlineMs: integer(0, Number.MAX_SAFE_INTEGER),
  /** `committing` and what follows it is no longer the deadman's business. */
  phase: oneOf(
    "armed",
    "rebooting",
    "in-trial",
    "committing",
    "reverting",
    "reverted",
    "recovering",
    "taken-over",
  ),
  /** Whether a revert that fails may reboot once into the boot default. */
  rebootToRecover: flag,
});
export type Trial = Parsed<typeof trial>;

/** What the agent says of the session over which the bytes in its inbox came. */
export const inboxSession = object({
  v: oneOf(1),
  session: sessionId,
  bootId: sessionId,
  /** When it was opened, in boot time. */
  openedBootMs: integer(0, Number.MAX_SAFE_INTEGER),
});
export type InboxSession = Parsed<typeof inboxSession>;

/** What root asks of the activator on the host itself (`nixwave-agent revert|apply|confirm|pause|unlock`). */
export const hostRequest = object(
  {
    v: oneOf(1),
    verb: oneOf("revert", "apply", "confirm", "pause", "resume", "unlock"),
    at: epochMs,
  },
  {
    /** apply: the file of a release, base64 of its exact bytes. */
    release: text(/^[A-Za-z0-9+/=]{4,400000}$/, "base64"),
    /** apply: take it although it was abandoned here. */
    retry: flag,
    /** apply: how long it may run unconfirmed; pause: how long. In ms. */
    forMs: integer(0, 31_622_400_000),
  },
);
export type HostRequest = Parsed<typeof hostRequest>;
