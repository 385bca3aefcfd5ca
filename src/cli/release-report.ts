import {
  type Channel,
  type ContractError,
  checkRelease,
  type Envelope,
  type EpochMs,
  type FleetName,
  NixwaveError,
  type Release,
  type Statement,
  type StatementVerdict,
  type TrustedKeys,
} from "../contract/index.ts";
import { openUnsigned } from "./announcement.ts";

/** "unverified": no key was given, so nothing is known. */
export type Verdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "unverified" }
  | { readonly kind: "refused"; readonly code: string; readonly why: string };

export interface HostReport {
  /** What the statement says, verified or not; undefined where it cannot be read. */
  readonly statement: Statement | undefined;
  /** Names of the keys whose signatures are valid; for other verdicts than "accepted", the names it claims. */
  readonly signers: readonly string[];
  readonly verdict: Verdict;
}

export interface ReleaseReport {
  readonly fleet: FleetName;
  readonly channel: Channel;
  /** False where fleet or channel are only what the release says of itself. */
  readonly fleetChecked: boolean;
  readonly channelChecked: boolean;
  readonly hosts: readonly HostReport[];
}

export interface Expected {
  /** undefined: show, verify nothing. */
  readonly keys: TrustedKeys | undefined;
  readonly fleet: FleetName | undefined;
  readonly channel: Channel | undefined;
}

/**
 * What a release says, host by host, and whether `expected` accepts it at `now`. A fleet or channel that is not
 * expected is taken from the first readable statement, so that a mixed release still shows.
 * @throws NixwaveError invalid-envelope when no statement can be read at all
 */
export function reportRelease(release: Release, expected: Expected, now: EpochMs): ReleaseReport {
  const statements = release.statements.map(readable);
  const first = statements.find((one) => one !== undefined);
  const fleet = expected.fleet ?? first?.fleet;
  const channel = expected.channel ?? first?.channel;
  if (fleet === undefined || channel === undefined) {
    throw new NixwaveError("invalid-envelope", "no statement of the release can be read");
  }
  // Shown is what the release says of itself, also where something else was expected.
  const said = first ?? { fleet, channel };
  const verdicts =
    expected.keys && checkRelease(release, { releaseKeys: expected.keys, fleet, channel }, now);
  const hosts = release.statements.map((envelope, index) =>
    reportHost(envelope, statements[index], verdicts?.[index]),
  );
  return {
    fleet: said.fleet,
    channel: said.channel,
    fleetChecked: expected.fleet !== undefined,
    channelChecked: expected.channel !== undefined,
    hosts,
  };
}

export const isAccepted = (report: ReleaseReport): boolean =>
  report.hosts.every(({ verdict }) => verdict.kind === "accepted");

function reportHost(
  envelope: Envelope,
  statement: Statement | undefined,
  verdict: StatementVerdict | undefined,
): HostReport {
  const claimed = envelope.signatures.map((one) => one.keyid ?? "unnamed");
  if (verdict === undefined) {
    return { statement, signers: claimed, verdict: { kind: "unverified" } };
  }
  if (verdict.kind === "refused") {
    return { statement, signers: claimed, verdict: refusal(verdict.error) };
  }
  const signers = verdict.verified.signedBy.map((key) => key.name);
  return { statement: verdict.verified.statement, signers, verdict: { kind: "accepted" } };
}

const refusal = (error: ContractError): Verdict => ({
  kind: "refused",
  code: error.code,
  why: error.message,
});

function readable(envelope: Envelope): Statement | undefined {
  try {
    return openUnsigned(envelope).statement;
  } catch (error) {
    if (error instanceof NixwaveError) return undefined;
    throw error;
  }
}
