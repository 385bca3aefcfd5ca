import { attemptNumber } from "./desired.ts";
import type { TrustedKeys } from "./dsse.ts";
import type { DurationMs, EpochMs } from "./instants.ts";
import { epochMs, serial } from "./instants.ts";
import type { Channel, FleetName, HostName, SystemType } from "./names.ts";
import { digest, narHash, rolloutId } from "./names.ts";
import { HOST_PHASES, outcome } from "./reported.ts";
import { integer, list, nullable, object, oneOf, type Parsed } from "./schema.ts";
import { storePath } from "./store-path.ts";

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

/** What the host remembers of attempts, as far as acceptance needs it. */
export const journal = object({
  v: oneOf(1),
  open: nullable(
    object({
      rollout: rolloutId,
      attempt: attemptNumber,
      statement: digest,
      storePath,
      narHash,
      serial,
      phase: oneOf(...HOST_PHASES),
      /** What ran when the attempt began: where a revert returns to. */
      previous: nullable(storePath),
    }),
  ),
  closed: list(object({ rollout: rolloutId, attempt: attemptNumber, outcome }), 0, 256),
  /** Oldest first; the last one is what the host has committed to. */
  committed: list(committed, 0, 256),
  /** Abandoned by a roll back; not taken again unless the order says retry. */
  quarantined: list(storePath, 0, 256),
});
export type Journal = Parsed<typeof journal>;
