import { describe, expect, it } from "vitest";
import {
  type Acceptance,
  type ErrorCode,
  encodePayload,
  judgeApply,
  newRatchet,
  parseChannel,
  parseFleetName,
  parseHostName,
  parseSystemType,
} from "../../src/contract/index.ts";
import {
  at,
  CI_KEY,
  clockAt,
  DAY_MS,
  EMPTY_JOURNAL,
  HUB_KEY,
  keyFrom,
  releasedOn,
  type Sealed,
  type SealedStatement,
  sealStatement,
  serialAt,
  statementOf,
  trusting,
  trustOf,
  utf8,
} from "../support/contract-builders.ts";

const release = (...statements: readonly Sealed[]): Uint8Array =>
  encodePayload("release", { v: 1, statements: statements.map(({ envelope }) => envelope) });
const host = (differences: Partial<Acceptance> = {}): Acceptance => ({
  ...{ trust: trustOf(), ratchet: newRatchet(1), journal: EMPTY_JOURNAL, clock: clockAt(DAY_MS) },
  ...differences,
});
const apply = (input: Acceptance, bytes: Uint8Array, isRetry = false) =>
  judgeApply(input, bytes, isRetry);
const refused = (code: ErrorCode) => expect.objectContaining({ kind: "refused", code });
const kept = ({ statement, digest }: SealedStatement) => ({
  ...newRatchet(1),
  ...{ highest: { serial: statement.serial, digest }, floor: { serial: statement.serial, digest } },
});

const a = releasedOn(0, "a");
const b = releasedOn(1, "b");
const forNuc = sealStatement(statementOf("nuc", { host: parseHostName("nuc") }));

describe("what root applies without the hub", () => {
  it("is CI's statement for this host, of all that the release names; only what was seen rises", () => {
    const applied = apply(host(), release(forNuc, b));
    expect(applied).toMatchObject({
      ...{ kind: "accepted", statement: b.statement, digest: b.digest, noOp: false },
      ratchet: { floor: newRatchet(1).floor, highest: { serial: b.statement.serial } },
    });
  });

  it.each<readonly [string, ErrorCode, Uint8Array]>([
    ["no release at all", "not-json", utf8("{")],
    ["a release without this host", "host-not-in-release", release(forNuc)],
    [
      "signed by a stranger",
      "signature-invalid",
      release(sealStatement(a.statement, keyFrom("x"))),
    ],
    ["signed by the hub", "signature-invalid", release(sealStatement(a.statement, HUB_KEY))],
    ...(
      [
        ["wrong-fleet", { fleet: parseFleetName("elsewhere") }],
        ["wrong-channel", { channel: parseChannel("test") }],
        ["wrong-system", { system: parseSystemType("x86_64-darwin") }],
        ["statement-expired", { expires: at(DAY_MS - 1) }],
        ["serial-in-future", { serial: serialAt(40 * DAY_MS), expires: at(90 * DAY_MS) }],
      ] as const
    ).map(
      ([code, differences]) =>
        [code, code, release(sealStatement(statementOf("a", differences)))] as const,
    ),
  ])("is refused: %s", (_what, code, bytes) => {
    expect(apply(host(), bytes)).toEqual(refused(code));
  });

  it("needs as many signatures as the host asks for", () => {
    const trust = trustOf({ releaseKeys: trusting(2, CI_KEY, keyFrom("ci-2")) });
    expect(apply(host({ trust }), release(a))).toEqual(refused("signature-invalid"));
    const both = sealStatement(a.statement, CI_KEY, keyFrom("ci-2"));
    expect(apply(host({ trust }), release(both)).kind).toBe("accepted");
  });

  it("goes back behind nothing that was kept, and takes what was kept as nothing to do", () => {
    const input = host({ ratchet: kept(b) });
    expect(apply(input, release(a))).toEqual(refused("serial-below-floor"));
    const { storePath, narHash, serial } = b.statement;
    const committed = [
      { storePath, narHash, serial, minSerial: 0, statement: b.digest, at: at(0) },
    ];
    const journal = { ...EMPTY_JOURNAL, committed } as unknown as Acceptance["journal"];
    expect(apply({ ...input, journal }, release(b))).toMatchObject({
      kind: "accepted",
      noOp: true,
    });
  });

  it("is no path that was abandoned here, unless root says retry", () => {
    const journal = { ...EMPTY_JOURNAL, quarantined: [a.statement.storePath] };
    expect(apply(host({ journal }), release(a))).toEqual(refused("quarantined"));
    expect(apply(host({ journal }), release(a), true).kind).toBe("accepted");
  });

  it("waits for a clock that is set", () => {
    const clock = { ...clockAt(DAY_MS), synchronised: false };
    expect(apply(host({ clock }), release(a))).toEqual(refused("clock-unsynchronised"));
  });
});
