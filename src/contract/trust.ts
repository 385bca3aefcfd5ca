import { attemptNumber, bootRisk } from "./desired.ts";
import type { TrustedKeys } from "./dsse.ts";
import type { DurationMs, EpochMs } from "./instants.ts";
import { durationMs, epochMs, serial } from "./instants.ts";
import type { Channel, FleetName, HostName, SystemType } from "./names.ts";
import { digest, narHash, rolloutId, sessionId } from "./names.ts";
import { changeSummary, HOST_PHASES, message, outcome } from "./reported.ts";
import { flag, integer, list, nullable, object, oneOf, type Parsed, text } from "./schema.ts";
import { title } from "./statement.ts";
import { storePath } from "./store-path.ts";
import { unitName } from "./system-marker.ts";

/** What the host's own NixOS configuration says (DESIGN 6). */
export interface HostTrust {
  readonly fleet: FleetName;
  readonly host: HostName;
  readonly channel: Channel;
  readonly system: SystemType;
  readonly releaseKeys: TrustedKeys;
  readonly hubKeys: TrustedKeys;
  /** Raised by a person to forget a ratchet that a stolen key has pushed too far; 1 at first. */
  readonly epoch: number;
  /** A floor the running closure itself carries, for a host that lost its ratchet; 0 for none. */
  readonly serialFloor: number;
  /** How far back a hub may return the host to what it had committed; 0 forbids it. */
  readonly rollbackWindow: DurationMs;
}

/** The host's clock at this moment. Wall time is never persisted, so that one wrong clock cannot block for good. */
export interface ClockReading {
  readonly now: EpochMs;
  readonly synchronised: boolean;
}

const whole = integer(0, Number.MAX_SAFE_INTEGER);
const seen = object({ serial, digest });

/** What only ever rises on a host; made durable before anything is done. */
export const ratchet = object({
  v: oneOf(1),
  epoch: whole,
  /** The highest statement accepted so far: for equivocation and reporting, not for refusing. */
  highest: nullable(seen),
  /** The highest statement committed: nothing older is accepted. Only a commit raises it. */
  floor: nullable(seen),
  /** The highest minSerial of a committed statement: bounds even a roll back. */
  minSerial: whole,
  counter: whole,
  /** Digest of the order that carried `counter`. */
  order: nullable(digest),
});
export type Ratchet = Parsed<typeof ratchet>;

const committed = object({ statement: digest, storePath, narHash, serial, at: epochMs });
export type Committed = Parsed<typeof committed>;

/** How a step of an attempt is told from its repetition: names of transient units and of their result files. */
const run = object({
  verb: oneOf("check", "dry-activate", "test", "boot", "back", "unboot", "entry", "entry-back"),
  /** 1 at first. */
  count: integer(1, 1000),
});

const cause = object({ code: text(/^[a-z][a-z0-9-]{0,63}$/, "an error code"), message });

/** The one attempt under way. Everything a restart needs that reality does not show. */
const openAttempt = object(
  {
    rollout: rolloutId,
    attempt: attemptNumber,
    statement: digest,
    storePath,
    narHash,
    serial,
    phase: oneOf(...HOST_PHASES),
    /** What ran when the attempt began: where a revert returns to. */
    previous: nullable(storePath),
  },
  {
    /** Who wants it: the hub, or root on this host (apply, confirm, revert). */
    origin: oneOf("hub", "person"),
    /** How long the trial may run unconfirmed, in ms. */
    lease: durationMs,
    /** Finer than `phase`: which step of it is under way. */
    step: oneOf(
      "arming",
      "switching",
      "probing",
      "profile",
      "booting",
      "undoing",
      "recovering",
      "leaving",
    ),
    /** The boot in which the trial began. */
    bootId: sessionId,
    /** Where the profile pointed before the attempt. */
    profileBefore: nullable(storePath),
    run,
    /** Units that had failed before anything was touched. */
    failedBefore: list(unitName, 0, 256),
    /** Boot time at which the switch ended: older sessions bring no commit. */
    switchedBootMs: integer(0, Number.MAX_SAFE_INTEGER),
    /** Why it is being undone. */
    cause,
    /** Times the pull of this attempt was tried, and boot time before which it is not tried again. */
    pulls: integer(0, 1_000_000),
    retryAtBootMs: integer(0, Number.MAX_SAFE_INTEGER),
    /** The order said `rollback`: committing it quarantines what it leaves. */
    rollback: flag,
    retry: flag,
    summary: changeSummary,
    /** The furthest that was asked of it; a revert is never taken back. */
    goal: oneOf("stage", "trial", "boot", "commit", "revert"),
    /** Of the statement: committing raises the host's own. */
    minSerial: whole,
    title,
    /** The risk that was approved for goal boot. */
    approved: bootRisk,
  },
);
export type OpenAttempt = Parsed<typeof openAttempt>;

/** What the host remembers of attempts. */
export const journal = object(
  {
    v: oneOf(1),
    open: nullable(openAttempt),
    closed: list(object({ rollout: rolloutId, attempt: attemptNumber, outcome }), 0, 256),
    /** Oldest first; the last one is what the host has committed to. */
    committed: list(committed, 0, 256),
    /** Abandoned by a roll back; not taken again unless the order says retry. */
    quarantined: list(storePath, 0, 256),
  },
  {
    /** Inconsistent, or a damaged memory: automation keeps off until a person unlocks. */
    locked: nullable(cause),
    /** Kept to its person: `nixwave-agent pause`. Counts in boot time within that boot, by wall time after it. */
    paused: nullable(
      object({
        bootId: sessionId,
        untilBootMs: integer(0, Number.MAX_SAFE_INTEGER),
        until: epochMs,
      }),
    ),
    /** When trials began, newest last, wall time: for the local guards only. */
    trials: list(epochMs, 0, 64),
    /** For people: what ended here, newest last. */
    history: list(
      object(
        { rollout: rolloutId, attempt: attemptNumber, storePath, serial, outcome, at: epochMs },
        { title },
      ),
      0,
      64,
    ),
  },
);
export type Journal = Parsed<typeof journal>;
