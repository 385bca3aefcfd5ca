import { describe, expect, test } from "vitest";
import type { Description } from "../../src/cli/description.ts";
import {
  isRefresh,
  type MadeRelease,
  makeRelease,
  type ReleaseRequest,
  readPrevious,
} from "../../src/cli/make-release.ts";
import {
  type Channel,
  checkRelease,
  encodePayload,
  NixwaveError,
  parseChannel,
  parseHostName,
  parseSerial,
  type Release,
  type Serial,
} from "../../src/contract/index.ts";
import {
  at,
  CHANNEL,
  CI_KEY,
  DAY_MS,
  FLEET,
  keyFrom,
  lasting,
  NOON,
  narHashFor,
  pathFor,
  SYSTEM,
  trusting,
} from "../support/contract-builders.ts";

const [NUC, RP3, X1] = ["nuc", "rp3", "x1"].map(parseHostName) as [never, never, never];
const describing = (closures: Readonly<Record<string, string>>): Description =>
  Object.entries(closures).map(([host, closure]) => ({
    host: parseHostName(host),
    storePath: pathFor(closure),
    narHash: narHashFor(closure),
    system: SYSTEM,
  }));
const FIRST = describing({ nuc: "n1", rp3: "r1", x1: "x1" });

function make(differences: Partial<ReleaseRequest> = {}): MadeRelease {
  return makeRelease({
    description: FIRST,
    previous: undefined,
    keys: [CI_KEY],
    fleet: FLEET,
    channel: CHANNEL,
    now: NOON,
    validForMs: lasting(90 * DAY_MS),
    origin: {},
    ...differences,
  });
}
const replacing = (release: Release, channel: Channel = CHANNEL) =>
  readPrevious(release, { releaseKeys: trusting(1, CI_KEY), fleet: FLEET, channel });
const serials = ({ changes }: MadeRelease) => changes.map(({ statement }) => statement.serial);
const kinds = ({ changes }: MadeRelease) =>
  Object.fromEntries(changes.map(({ host, change }) => [host, change]));
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof NixwaveError) return error.code;
    throw error;
  }
  return "accepted";
};

describe("a release", () => {
  test("is accepted by hosts that trust the key, and all its statements carry one serial", () => {
    const made = make();
    const trust = { releaseKeys: trusting(1, CI_KEY), fleet: FLEET, channel: CHANNEL };
    const verdicts = checkRelease(made.release, trust, NOON);
    expect(verdicts.map((one) => one.kind)).toEqual(["verified", "verified", "verified"]);
    expect(serials(made)).toEqual([NOON, NOON, NOON]);
    expect(kinds(made)).toEqual({ nuc: "first", rp3: "first", x1: "first" });
  });

  test("is the same bytes for the same request", () => {
    expect(Buffer.from(make().bytes)).toEqual(Buffer.from(make().bytes));
  });

  test("rises above the one before it even when the clock went back", () => {
    const before = make({ now: at(3000) });
    const next = make({ now: NOON, previous: replacing(before.release) });
    expect(serials(next)).toEqual([NOON + 3001, NOON + 3001, NOON + 3001]);
  });

  test("counts an expired statement's serial too", () => {
    const before = make({ now: at(3000), validForMs: lasting(1) });
    const next = make({ now: NOON, previous: replacing(before.release) });
    expect(new Set(serials(next))).toEqual(new Set([NOON + 3001]));
  });

  test("does not count a serial that a stranger signed", () => {
    const foreign = make({ now: at(DAY_MS), keys: [keyFrom("stranger")] });
    const previous = replacing(foreign.release);
    expect(previous.refused.map((error) => error.code)).toContain("signature-invalid");
    expect(serials(make({ previous }))).toEqual([NOON, NOON, NOON]);
  });

  test("is refused more than a day ahead of the clock, because hosts would refuse it", () => {
    const far = make({ now: at(2 * DAY_MS) });
    expect(codeOf(() => make({ previous: replacing(far.release) }))).toBe("serial-in-future");
  });

  test("with the same closures is a refresh; with one other closure it is not", () => {
    const previous = replacing(make().release);
    const refresh = make({ now: at(1000), previous });
    expect(kinds(refresh)).toEqual({ nuc: "refreshed", rp3: "refreshed", x1: "refreshed" });
    expect(isRefresh(refresh.changes)).toBe(true);
    const description = describing({ nuc: "n2", rp3: "r1", x1: "x1" });
    const change = make({ now: at(1000), previous, description });
    expect(kinds(change)).toEqual({ nuc: "changed", rp3: "refreshed", x1: "refreshed" });
    expect(isRefresh(change.changes)).toBe(false);
  });

  test("of a new host is not a refresh, and a host no longer named is said", () => {
    const previous = replacing(make({ description: describing({ nuc: "n1", rp3: "r1" }) }).release);
    const next = make({
      now: at(1000),
      previous,
      description: describing({ nuc: "n1", x1: "x1" }),
    });
    expect(kinds(next)).toEqual({ nuc: "refreshed", x1: "first", rp3: "dropped" });
    expect(isRefresh(next.changes)).toBe(false);
  });

  test("with --only carries the other hosts' statements over, byte for byte", () => {
    const before = make();
    const description = describing({ nuc: "n2", rp3: "r2", x1: "x2" });
    const next = make({
      now: at(1000),
      previous: replacing(before.release),
      description,
      only: [RP3],
    });
    expect(kinds(next)).toEqual({ nuc: "carried", rp3: "changed", x1: "carried" });
    expect(serials(next)).toEqual([NOON, NOON + 1000, NOON]);
    const of = (made: MadeRelease, index: number) => made.release.statements[index];
    expect(of(next, 0)).toEqual(of(before, 0));
    expect(of(next, 2)).toEqual(of(before, 2));
  });

  test("with --only is refused without a previous release, or one that cannot be trusted", () => {
    expect(codeOf(() => make({ only: [NUC] }))).toBe("no-previous-release");
    const foreign = replacing(make({ keys: [keyFrom("stranger")] }).release);
    expect(codeOf(() => make({ only: [NUC], previous: foreign }))).toBe("previous-not-trusted");
    const other = replacing(make({ channel: parseChannel("test") }).release);
    expect(codeOf(() => make({ only: [NUC], previous: other }))).toBe("previous-not-trusted");
  });

  test("with --only of a host that is not described is refused", () => {
    const previous = replacing(make().release);
    const description = describing({ nuc: "n2" });
    expect(codeOf(() => make({ previous, description, only: [X1] }))).toBe("host-not-in-spec");
  });

  test("carries minSerial as given, and `now` forbids everything older", () => {
    const minimum = parseSerial("1700000000000");
    expect(make({ minSerial: minimum }).changes[0]?.statement.minSerial).toBe(minimum);
    expect(make({ minSerial: "now" }).changes[0]?.statement.minSerial).toBe(NOON);
    expect(make().changes[0]?.statement.minSerial).toBeUndefined();
    const above = (NOON + 1) as Serial;
    expect(codeOf(() => make({ minSerial: above }))).toBe("min-serial-invalid");
  });

  test("signed by two keys satisfies a threshold of two", () => {
    const second = keyFrom("ci-2");
    const { release } = make({ keys: [CI_KEY, second] });
    const releaseKeys = trusting(2, CI_KEY, second);
    const verdicts = checkRelease(release, { releaseKeys, fleet: FLEET, channel: CHANNEL }, NOON);
    expect(verdicts.every((one) => one.kind === "verified")).toBe(true);
  });

  test("with a title that could redraw a terminal is not signed", () => {
    expect(codeOf(() => make({ origin: { title: "a\u001b[2Jb" } }))).toBe("invalid-field");
    expect(codeOf(() => make({ origin: { run: "javascript:alert(1)" } }))).toBe("invalid-field");
  });

  test("of more hosts than fit into a message is refused before it is published", () => {
    const many = describing(
      Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`host-${n}`, `c${n}`])),
    );
    expect(codeOf(() => make({ description: many }))).toBe("too-large");
  });

  test("is the payload that the wire carries", () => {
    const made = make();
    expect(Buffer.from(made.bytes)).toEqual(Buffer.from(encodePayload("release", made.release)));
  });
});
