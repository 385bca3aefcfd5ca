import {
  type Channel,
  type ContractError,
  checkRelease,
  compareStatements,
  type DurationMs,
  type Envelope,
  type EpochMs,
  encodePayload,
  encodeStatement,
  type FleetName,
  type HostName,
  instant,
  NixwaveError,
  type Release,
  type ReleaseTrust,
  type SecretKey,
  type Serial,
  STATEMENT_TYPE,
  type Statement,
  type StatementChange,
  signEnvelope,
  type VerifiedStatement,
  verifiedByHost,
  verifyStatement,
} from "../contract/index.ts";
import { compareText } from "./compare-text.ts";
import type { DescribedHost, Description } from "./description.ts";
import type { Origin } from "./origin.ts";

/** Hosts refuse a serial further ahead of their clock (serial-in-future). */
const MAX_AHEAD_MS = 24 * 3_600_000;

/** The release that the new one replaces, as far as the given keys vouch for it. */
export interface PreviousRelease {
  readonly verified: ReadonlyMap<HostName, VerifiedStatement>;
  readonly refused: readonly ContractError[];
}

export interface ReleaseRequest {
  readonly description: Description;
  readonly previous: PreviousRelease | undefined;
  readonly keys: readonly SecretKey[];
  readonly fleet: FleetName;
  readonly channel: Channel;
  readonly now: EpochMs;
  readonly validForMs: DurationMs;
  /** "now": everything signed before this release is forbidden for good. */
  readonly minSerial?: Serial | "now" | undefined;
  readonly origin: Origin;
  /** Hosts to sign anew; all others keep their previous statement, verbatim. */
  readonly only?: readonly HostName[] | undefined;
}

export interface HostChange {
  readonly host: HostName;
  readonly change: StatementChange | "dropped";
  /** The statement in the new release; the previous one where `change` is "dropped". */
  readonly statement: Statement;
}

export interface MadeRelease {
  readonly release: Release;
  /** What a broker retains, at most 256 KiB. */
  readonly bytes: Uint8Array;
  readonly changes: readonly HostChange[];
}

/** Time is left out on purpose: an expired statement's serial still counts. */
export function readPrevious(release: Release, trust: ReleaseTrust): PreviousRelease {
  const verdicts = checkRelease(release, trust, instant(0));
  const refused = verdicts.flatMap((one) => (one.kind === "refused" ? [one.error] : []));
  return { verified: verifiedByHost(verdicts), refused };
}

/**
 * Signs what `request` describes. Pure: the same request gives the same bytes (Ed25519 has no randomness).
 * @throws NixwaveError host-not-in-spec | no-previous-release | previous-not-trusted | release-empty |
 *   serial-in-future | min-serial-invalid | invalid-field (title, rev, run) | too-large
 */
export function makeRelease(request: ReleaseRequest): MadeRelease {
  const { only, previous } = request;
  const chosen = chooseHosts(request.description, only);
  const carried = only ? carriedOver(previous, only) : [];
  const serial = nextSerial(request);
  const signed = chosen.map((host) => signHost(request, host, serial));
  const all = [...signed, ...carried].sort((a, b) =>
    compareText(a.statement.host, b.statement.host),
  );
  const release: Release = { v: 1, statements: all.map((one) => one.envelope) };
  return {
    release,
    bytes: encodePayload("release", release),
    changes: [...all.map((one) => changeOf(one, previous)), ...dropped(all, previous)],
  };
}

/** Whether nothing but statements is replaced: no closure differs, no host is new (DESIGN 5, refresh). */
export const isRefresh = (changes: readonly HostChange[]): boolean =>
  changes.every(({ change }) => change === "refreshed" || change === "carried");

/** The statement of the highest serial; none where there are no hosts. */
export const newestOf = (changes: readonly HostChange[]): Statement | undefined =>
  changes.map(({ statement }) => statement).toSorted((a, b) => b.serial - a.serial)[0];

function chooseHosts(description: Description, only: readonly HostName[] | undefined): Description {
  const absent = only?.find((host) => !description.some((one) => one.host === host));
  if (absent !== undefined) {
    const known = description.map((one) => one.host).join(", ");
    throw new NixwaveError("host-not-in-spec", `--only names ${absent}; there are ${known}`);
  }
  const chosen = only ? description.filter((one) => only.includes(one.host)) : description;
  if (chosen.length === 0) throw new NixwaveError("release-empty", "no host is left to sign");
  return chosen;
}

function carriedOver(
  previous: PreviousRelease | undefined,
  only: readonly HostName[],
): readonly VerifiedStatement[] {
  if (previous === undefined) {
    throw new NixwaveError("no-previous-release", "--only needs the release that it amends");
  }
  const [first] = previous.refused;
  if (first !== undefined) {
    throw new NixwaveError("previous-not-trusted", `${first.code}: ${first.message}`, {
      cause: first,
    });
  }
  return [...previous.verified.values()].filter((one) => !only.includes(one.statement.host));
}

/** max(now, last + 1): strictly rising even where CI's clock went back (DESIGN 5). */
function nextSerial({ now, previous }: ReleaseRequest): Serial {
  const serials = [...(previous?.verified.values() ?? [])].map((one) => one.statement.serial);
  const serial = Math.max(now, ...serials.map((last) => last + 1));
  if (serial > now + MAX_AHEAD_MS) {
    throw new NixwaveError(
      "serial-in-future",
      `the previous release's serial ${serial - 1} lies more than a day ahead of this clock (${now}); hosts would refuse the next one`,
    );
  }
  return serial as Serial;
}

function signHost(request: ReleaseRequest, host: DescribedHost, serial: Serial): VerifiedStatement {
  const { fleet, channel, now, validForMs, minSerial, origin, keys } = request;
  const statement: Statement = {
    v: 1,
    fleet,
    host: host.host,
    channel,
    system: host.system,
    storePath: host.storePath,
    narHash: host.narHash,
    serial,
    issued: now,
    expires: instant(now + validForMs),
    ...(minSerial === undefined ? {} : { minSerial: minSerial === "now" ? serial : minSerial }),
    ...origin,
  };
  const envelope: Envelope = signEnvelope(STATEMENT_TYPE, encodeStatement(statement), keys);
  const publicKeys = keys.map((key) => key.publicKey);
  return verifyStatement(envelope, { keys: publicKeys, threshold: keys.length });
}

function changeOf(next: VerifiedStatement, previous: PreviousRelease | undefined): HostChange {
  const { statement } = next;
  const before = previous?.verified.get(statement.host);
  return { host: statement.host, change: compareStatements(before, next), statement };
}

function dropped(
  all: readonly VerifiedStatement[],
  previous: PreviousRelease | undefined,
): readonly HostChange[] {
  const kept = new Set(all.map((one) => one.statement.host));
  return [...(previous?.verified.values() ?? [])]
    .filter(({ statement }) => !kept.has(statement.host))
    .map(({ statement }) => ({ host: statement.host, change: "dropped", statement }));
}
