import {
  checkRelease,
  type EpochMs,
  type Release,
  type ReleaseTrust,
  type VerifiedStatement,
  verifiedByHost,
} from "../contract/index.ts";
import type { OfferedRelease } from "../rollout/index.ts";

interface Refused {
  readonly code: string;
  readonly message: string;
}

export interface CheckedRelease {
  /** Null when no statement was accepted. */
  readonly offered: OfferedRelease | null;
  readonly verified: readonly VerifiedStatement[];
  readonly refused: readonly Refused[];
}

/** Judges a release; one bad statement does not take the others with it. Pure. */
export function checkOffer(release: Release, trust: ReleaseTrust, now: EpochMs): CheckedRelease {
  const verdicts = checkRelease(release, trust, now);
  const verified = [...verifiedByHost(verdicts).values()];
  const refused = verdicts.flatMap((one) =>
    one.kind === "refused" ? [{ code: one.error.code, message: one.error.message }] : [],
  );
  return { offered: offerOf(verified, trust), verified, refused };
}

/** Serials within one release may differ (`--only`); the newest names the release. */
function offerOf(
  verified: readonly VerifiedStatement[],
  { channel }: ReleaseTrust,
): OfferedRelease | null {
  const newest = verified.toSorted((a, b) => b.statement.serial - a.statement.serial)[0];
  if (!newest) return null;
  return {
    channel,
    serial: newest.statement.serial,
    title: newest.statement.title ?? null,
    hosts: verified.map(({ statement, digest }) => ({
      host: statement.host,
      target: statement.storePath,
      statement: digest,
      narHash: statement.narHash,
      serial: statement.serial,
    })),
  };
}
