import { envelope, type PayloadType } from "./dsse.ts";
import { counter, durationMs, epochMs } from "./instants.ts";
import { digest, fleetName, hostName, rolloutId, sessionId } from "./names.ts";
import { extension, flag, integer, object, oneOf, type Parsed } from "./schema.ts";

export const DESIRED_TYPE: PayloadType = "application/vnd.nixwave.desired.v1+json";

export const attemptNumber = integer(1, 1_000_000);

/**
 * What a reboot into a new system risks on this host: `one-shot` returns to the old system at the next
 * boot unless it is kept, `no-way-back` has nothing that undoes it (DESIGN 7, goal boot).
 */
export const bootRisk = oneOf("one-shot", "no-way-back");
export type BootRisk = Parsed<typeof bootRisk>;

/**
 * What the hub wants of one host (DESIGN 5). Signed; unknown fields are refused outside `ext`.
 * `lease` is how long a trial may run unconfirmed; `notAfter` counts at acceptance only;
 * `statement` is the digest of the CI statement that travels beside it. Goal `boot` is a trial that
 * begins with a reboot.
 */
export const order = object(
  {
    v: oneOf(1),
    fleet: fleetName,
    host: hostName,
    hub: sessionId,
    counter,
    rollout: rolloutId,
    attempt: attemptNumber,
    goal: oneOf("stage", "trial", "commit", "revert", "boot"),
    lease: durationMs,
    issued: epochMs,
    notAfter: epochMs,
    statement: digest,
  },
  {
    /** Return to a path that the host itself has committed (DESIGN 6, "Roll back"). */
    rollback: flag,
    /** Take a quarantined path all the same. */
    retry: flag,
    /** Goal boot only: the risk that a person approved, in the words of the host's own `bootRisk` (DESIGN 7). */
    approved: bootRisk,
    ext: extension,
  },
);
export type Order = Parsed<typeof order>;

/** The payload of `desired`: the hub's order beside the CI statement, verbatim. */
export const desired = object({ v: oneOf(1), order: envelope, statement: envelope });
export type Desired = Parsed<typeof desired>;
