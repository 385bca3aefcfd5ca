import { type Envelope, type TrustedKeys, type VerifiedPayload, verifyEnvelope } from "./dsse.ts";
import type { EpochMs } from "./instants.ts";
import { parseStatement } from "./json-payloads.ts";
import type { Channel, FleetName, HostName } from "./names.ts";
import { ContractError } from "./nixwave-error.ts";
import type { Release } from "./release.ts";
import { STATEMENT_TYPE, type Statement } from "./statement.ts";

/** A statement whose signatures were checked, beside the envelope that is passed on verbatim. */
export interface VerifiedStatement extends VerifiedPayload {
  readonly statement: Statement;
  readonly envelope: Envelope;
}

export interface ReleaseTrust {
  readonly releaseKeys: TrustedKeys;
  readonly fleet: FleetName;
  readonly channel: Channel;
}

/** One host's part of a release: verified, or refused with the reason. */
export type StatementVerdict =
  | { readonly kind: "verified"; readonly verified: VerifiedStatement }
  | { readonly kind: "refused"; readonly envelope: Envelope; readonly error: ContractError };

/** How a host's statement relates to the one before it. */
export type StatementChange =
  | "first" // no statement before
  | "carried" // the very same statement
  | "refreshed" // same closure, newer statement: no rollout
  | "changed" // another closure
  | "not-rising" // serial below the one before
  | "equivocal"; // same serial, other content

/** @throws ContractError of dsse.ts and parseStatement */
export function verifyStatement(envelope: Envelope, keys: TrustedKeys): VerifiedStatement {
  const payload = verifyEnvelope(envelope, STATEMENT_TYPE, keys);
  return { ...payload, statement: parseStatement(payload.bytes), envelope };
}

/**
 * Judges every statement of a release by itself: one bad statement does not take the others with it.
 * A second statement for one host is refused, and so is the first: which of them is meant cannot be known.
 */
export function checkRelease(
  release: Release,
  trust: ReleaseTrust,
  now: EpochMs,
): readonly StatementVerdict[] {
  const verdicts = release.statements.map((envelope) => judge(envelope, trust, now));
  const hosts = verdicts.map((one) =>
    one.kind === "verified" ? one.verified.statement.host : undefined,
  );
  const repeated = new Set(
    hosts.filter((host, index) => host !== undefined && hosts.indexOf(host) !== index),
  );
  return verdicts.map((verdict) =>
    verdict.kind === "verified" && repeated.has(verdict.verified.statement.host)
      ? refuseRepeated(verdict.verified)
      : verdict,
  );
}

/** The statements that were verified, by host. */
export function verifiedByHost(
  verdicts: readonly StatementVerdict[],
): ReadonlyMap<HostName, VerifiedStatement> {
  return new Map(
    verdicts.flatMap((one) =>
      one.kind === "verified" ? [[one.verified.statement.host, one.verified] as const] : [],
    ),
  );
}

/** Serials of one release may differ (`--only` carries statements over), so each host is compared by itself. */
export function compareStatements(
  before: VerifiedStatement | undefined,
  next: VerifiedStatement,
): StatementChange {
  if (before === undefined) return "first";
  if (before.digest === next.digest) return "carried";
  if (next.statement.serial < before.statement.serial) return "not-rising";
  if (next.statement.serial === before.statement.serial) return "equivocal";
  return sameClosure(before.statement, next.statement) ? "refreshed" : "changed";
}

/** Whether two statements mean the same bytes on disk: a store path alone does not bind its content. */
export const sameClosure = (
  a: Pick<Statement, "storePath" | "narHash">,
  b: Pick<Statement, "storePath" | "narHash">,
): boolean => a.storePath === b.storePath && a.narHash === b.narHash;

function judge(envelope: Envelope, trust: ReleaseTrust, now: EpochMs): StatementVerdict {
  try {
    const verified = verifyStatement(envelope, trust.releaseKeys);
    refuseForeign(verified.statement, trust, now);
    return { kind: "verified", verified };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return { kind: "refused", envelope, error };
  }
}

function refuseForeign(statement: Statement, trust: ReleaseTrust, now: EpochMs): void {
  requireSame("wrong-fleet", "fleet", statement.fleet, trust.fleet);
  requireSame("wrong-channel", "channel", statement.channel, trust.channel);
  if (statement.expires <= now) {
    throw new ContractError("statement-expired", `the statement for ${statement.host} has expired`);
  }
}

/** @throws ContractError `code` unless both are the same */
export function requireSame(
  code: "wrong-fleet" | "wrong-host" | "wrong-channel" | "wrong-system",
  what: string,
  found: string,
  expected: string,
): void {
  if (found !== expected) {
    throw new ContractError(
      code,
      `${what} is ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`,
    );
  }
}

function refuseRepeated({ envelope, statement }: VerifiedStatement): StatementVerdict {
  const error = new ContractError(
    "host-repeated",
    `the release names ${statement.host} more than once`,
  );
  return { kind: "refused", envelope, error };
}
