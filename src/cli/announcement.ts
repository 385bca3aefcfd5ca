import {
  type Channel,
  ContractError,
  compareStatements,
  digestOf,
  type Envelope,
  encodePayload,
  type HostName,
  NixwaveError,
  openUnverified,
  parseStatement,
  type Release,
  requireSame,
  STATEMENT_TYPE,
  type TrustedKeys,
  type VerifiedStatement,
  verifyStatement,
} from "../contract/index.ts";

export type Announcement = "already-announced" | "publish";

/**
 * Whether `next` may replace what is retained: no host may go back, and no serial may mean two things.
 * @param trusted who announces without keys compares what the statements say; with keys, a retained statement
 *   that nobody trusted has signed does not count
 * @throws NixwaveError serial-not-rising | serial-equivocation naming the host
 */
export function decideAnnouncement(
  retained: Release | undefined,
  next: Release,
  trusted?: TrustedKeys,
): Announcement {
  if (retained === undefined) return "publish";
  if (sameBytes(retained, next)) return "already-announced";
  const before = byHost(retained.statements.flatMap((one) => openIfPossible(one, trusted) ?? []));
  for (const [host, one] of byHost(openAll(next).statements)) {
    refuseStepBack(host, before.get(host), one);
  }
  return "publish";
}

/**
 * What a release says, which decides its topic; nothing is verified.
 * @throws NixwaveError wrong-channel | host-repeated | release-empty, or a code of parseStatement
 */
export function openAll(release: Release): {
  readonly channel: Channel;
  readonly statements: readonly VerifiedStatement[];
} {
  const statements = release.statements.map(openUnsigned);
  const channel = statements[0]?.statement.channel;
  if (channel === undefined) throw new NixwaveError("release-empty", "the release has no host");
  for (const { statement } of statements) {
    requireSame("wrong-channel", `the channel of ${statement.host}`, statement.channel, channel);
  }
  if (byHost(statements).size < statements.length) {
    throw new NixwaveError("host-repeated", "the release names a host more than once");
  }
  return { channel, statements };
}

function refuseStepBack(
  host: HostName,
  before: VerifiedStatement | undefined,
  next: VerifiedStatement,
): void {
  const change = compareStatements(before, next);
  const serials = `${next.statement.serial} after ${before?.statement.serial}`;
  if (change === "not-rising") {
    throw new NixwaveError("serial-not-rising", `${host}: serial ${serials}`, { where: host });
  }
  if (change === "equivocal") {
    throw new NixwaveError(
      "serial-equivocation",
      `${host}: serial ${next.statement.serial} is retained with other content`,
      { where: host },
    );
  }
}

const byHost = (
  statements: readonly VerifiedStatement[],
): ReadonlyMap<HostName, VerifiedStatement> =>
  new Map(statements.map((one) => [one.statement.host, one]));

/** @returns undefined for what no host would accept anyway */
function openIfPossible(
  envelope: Envelope,
  trusted: TrustedKeys | undefined,
): VerifiedStatement | undefined {
  try {
    return trusted ? verifyStatement(envelope, trusted) : openUnsigned(envelope);
  } catch (error) {
    if (error instanceof ContractError) return undefined;
    throw error;
  }
}

/** For comparing and showing only: `signedBy` is empty because nobody looked. */
export function openUnsigned(envelope: Envelope): VerifiedStatement {
  const bytes = openUnverified(envelope, STATEMENT_TYPE);
  const statement = parseStatement(bytes);
  return { bytes, digest: digestOf(bytes), signedBy: [], statement, envelope };
}

const sameBytes = (a: Release, b: Release): boolean =>
  Buffer.from(encodePayload("release", a)).equals(encodePayload("release", b));
