import { attemptNumber, bootRisk } from "./desired.ts";
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
  "rebooting",
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

const line: Schema<string> = text(
  /^[^\p{Cc}\p{Cs}\p{Bidi_Control}]{0,160}$/u,
  "at most 160 characters in one line",
);
const unitNames = list(line, 0, 24);

/** What a staged system would change, read before anything is touched (DESIGN 7, goal stage). */
export const changeSummary = object({
  downloadBytes: count,
  unpackedBytes: count,
  /** Lines such as "home-assistant: 2024.1.5 -> 2024.2.0, +400.0 KiB"; the first ones when there are many. */
  packages: list(line, 0, 24),
  packagesTotal: count,
  stop: unitNames,
  restart: unitNames,
  start: unitNames,
  reload: unitNames,
  /** Of all four lists together, the shortened part included. */
  unitsTotal: count,
});
export type ChangeSummary = Parsed<typeof changeSummary>;

/** Why an attempt does not move, though nothing has failed: a guard, a pause, a back-off, a session that is too old. */
const waiting = object({ code, message, until: nullable(epochMs) });
export type Waiting = Parsed<typeof waiting>;

/** A check that the host's own configuration asks for. */
const probe = object({ name: line, state: oneOf("passed", "failed", "unknown"), message: line });
export type ProbeReport = Parsed<typeof probe>;

/** What this host sees of another one, from outside (DESIGN 7, witness). */
const witness = object({ host: hostName, probes: list(probe, 0, 8), at: epochMs });
export type WitnessReport = Parsed<typeof witness>;

const reportedFields = {
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
} as const;

/** Later than the first reports of wire version 1: a reader takes a missing one as not known. */
const reportedOptional = {
  mode: oneOf("active", "observe"),
  /** Why `rebootRequired`: kernel, initrd, kernel-modules, kernel-params, firmware, init, an inhibitor's name. */
  rebootReasons: list(line, 0, 16),
  bootRisk,
  summary: nullable(changeSummary),
  waiting: nullable(waiting),
  probes: list(probe, 0, 16),
  witness: list(witness, 0, 8),
  /** Names the profile or the running system that nobody ordered: "current" or "profile" differs from the committed path. */
  drift: list(oneOf("current", "profile"), 0, 2),
} as const;

/** What a host says of itself (DESIGN 5). Written by the agent alone; every field is read from reality, not remembered. */
export const reported = object(reportedFields, reportedOptional);
export type Reported = Parsed<typeof reported>;

const { seq: _seq, session: _session, at: _at, agent: _agent, ...ofTheActivator } = reportedFields;

/**
 * The activator's half of `reported`, as its report file holds it; the agent adds session, sequence and
 * time, and reads the facts anew. `renewedAfterBootMs`: a session opened before this moment of boot time
 * is too old to bring a commit (DESIGN 7), null when any will do.
 */
export const hostReport = object(
  { ...ofTheActivator, renewedAfterBootMs: nullable(count) },
  reportedOptional,
);
export type HostReport = Parsed<typeof hostReport>;

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
