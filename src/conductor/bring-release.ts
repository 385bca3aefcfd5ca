import {
  compareStatements,
  type EpochMs,
  instant,
  type Release,
  type ReleaseTrust,
  releaseDigest,
} from "../contract/index.ts";
import type { HubBus } from "./hub-bus.ts";
import { checkOffer } from "./offer.ts";

/** `refused`: a statement of it is not accepted here. `older`: what is retained is newer, also for one host, or contradicts it. */
export type Brought = "brought" | "already-there" | "refused" | "older";

const PATIENCE = { timeoutMs: 10_000 } as const;

/**
 * Republishes what was fetched from the web on the release topic (issue 7, 4), so that a hub without a journal, `nixwave verify` and CI's
 * next serial find it there. Only what is wholly accepted here goes out under the hub's account, and never over something newer.
 * Published once and read back, not owned: a connection that returns must not put it over what CI has published since.
 * @throws NixwaveError as Bus.snapshot and Bus.publishConfirmed (publish-not-kept where the broker's rules are older)
 */
export async function bringRelease(
  bus: Pick<HubBus, "snapshot" | "publishConfirmed">,
  trust: ReleaseTrust,
  release: Release,
  now: EpochMs,
): Promise<Brought> {
  const { offered, verified, refused } = checkOffer(release, trust, now);
  if (offered === null || refused.length > 0) return "refused";
  const { channel } = trust;
  const there = (await bus.snapshot("release", PATIENCE)).find(
    ({ address }) => address.channel === channel,
  )?.payload;
  if (there && releaseDigest(there) === releaseDigest(release)) return "already-there";
  // Time is left out: also an expired statement's serial counts.
  const kept = there ? checkOffer(there, trust, instant(0)) : null;
  // Each release brings at least one newer statement, also one that leaves a host out and carries the rest over.
  if ((kept?.offered?.serial ?? 0) > offered.serial) return "older";
  const before = new Map(kept?.verified.map((one) => [one.statement.host, one]));
  const goesBack = verified.some((next) => {
    const change = compareStatements(before.get(next.statement.host), next);
    return change === "not-rising" || change === "equivocal";
  });
  if (goesBack) return "older";
  await bus.publishConfirmed({ kind: "release", channel }, release, PATIENCE);
  return "brought";
}
