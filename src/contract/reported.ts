import { attemptNumber } from "./desired.ts";
import { epochMs } from "./instants.ts";
import { hostName, rolloutId, sessionId } from "./names.ts";
import {
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  type Parsed,
  type Schema,
  text,
} from "./schema.ts";
import { storePath } from "./store-path.ts";

/** Text for people, from a machine: bounded, line breaks allowed, no other control characters, no half of a surrogate pair. */
export const message: Schema<string> = text(
  /^(?:[^\p{Cc}\p{Cs}\p{Bidi_Control}]|[\n\t]){0,1000}$/u,
  "at most 1000 characters",
);
const code: Schema<string> = text(/^[a-z][a-z0-9-]{0,63}$/, "a code such as not-in-trial");
const count = integer(0, Number.MAX_SAFE_INTEGER);

/** Where an attempt stands on the host. Frozen for wire version 1; finer grain goes into `progress`. */
export const HOST_PHASES = [
  "idle",
  "staging",
  "staged",
  "activating",
  "in-trial",
  "committing",
  "reverting",
  "locked",
] as const;

/** How an attempt ended. Frozen for wire version 1; the cause goes into `reason`. */
export const OUTCOMES = [
  "succeeded",
  "already-installed",
  "failed",
  "rejected",
  "canceled",
  "needs-reboot",
  "rolled-back",
  "taken-over",
  "inconsistent",
] as const;

export const outcome = object({
  code: oneOf(...OUTCOMES),
  /** The error code behind a bad end. */
  reason: nullable(code),
  message,
});
export type Outcome = Parsed<typeof outcome>;

const refusal = object({ code, message, counter: nullable(count), at: epochMs });

/** What a host says of itself (DESIGN 5). Written by the agent alone; every field is read from reality, not remembered. */
export const reported = object({
  v: oneOf(1),
  /** Wire versions this host speaks. */
  wire: list(integer(1, 1000), 1, 16),
  host: hostName,
  seq: count,
  session: sessionId,
  bootId: sessionId,
  current: nullable(storePath),
  booted: nullable(storePath),
  profile: nullable(storePath),
  phase: oneOf(...HOST_PHASES),
  rollout: nullable(rolloutId),
  attempt: nullable(attemptNumber),
  counter: count,
  target: nullable(storePath),
  outcome: nullable(outcome),
  /** The last order that was not accepted; it belongs to no attempt. */
  refusal: nullable(refusal),
  /** Serial of the committed statement, 0 before the first. */
  serial: count,
  /** Lowest serial the host would still accept. */
  floor: count,
  rebootRequired: flag,
  clock: oneOf("synchronised", "unsynchronised"),
  freeBytes: count,
  agent: text(/^[0-9A-Za-z.+-]{1,64}$/, "a version"),
  at: epochMs,
});
export type Reported = Parsed<typeof reported>;

/** Not retained, at most two a second; may be lost. */
export const progress = object({
  v: oneOf(1),
  rollout: rolloutId,
  attempt: attemptNumber,
  phase: oneOf(...HOST_PHASES),
  percent: nullable(integer(0, 100)),
  bytesDone: count,
  bytesTotal: count,
  pathsDone: count,
  pathsTotal: count,
});
export type Progress = Parsed<typeof progress>;

/** Lines of activation output, for an operator who asked for them. */
export const log = object({
  v: oneOf(1),
  rollout: rolloutId,
  attempt: attemptNumber,
  first: count,
  lines: list(message, 1, 200),
});
export type Log = Parsed<typeof log>;
