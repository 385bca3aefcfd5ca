import { describe, expect, it } from "vitest";
import {
  checkRelease,
  compareStatements,
  type Envelope,
  encodePayload,
  type HostName,
  parseChannel,
  parseFleetName,
  parseHostName,
  parsePayload,
  STATEMENT_TYPE,
  type StatementVerdict,
  sameClosure,
  type VerifiedStatement,
  verifiedByHost,
  verifyStatement,
} from "../../src/contract/index.ts";
import {
  at,
  CHANNEL,
  CI_KEY,
  clockAt,
  FLEET,
  HOST,
  keyFrom,
  narHashFor,
  pathFor,
  type SealedStatement,
  seal,
  sealStatement,
  serialAt,
  statementOf,
  trusting,
  utf8,
} from "../support/contract-builders.ts";
import { codeOf } from "./refusals.ts";

const trust = { releaseKeys: trusting(1, CI_KEY), fleet: FLEET, channel: CHANNEL };
const [nuc, rp3, rp4, x1] = ["nuc", "rp3", "rp4", "x1"].map(parseHostName) as [
  HostName,
  HostName,
  HostName,
  HostName,
];
const signed = (host: HostName, differences = {}): SealedStatement =>
  sealStatement(statementOf(`for ${host}`, { host, ...differences }));

/** Over the wire and back, as the hub gets it. */
function check(...statements: readonly { envelope: Envelope }[]): readonly StatementVerdict[] {
  const release = { v: 1 as const, statements: statements.map((one) => one.envelope) };
  const { now } = clockAt(0);
  return checkRelease(parsePayload("release", encodePayload("release", release)), trust, now);
}

const inShort = (verdicts: readonly StatementVerdict[]) =>
  verdicts.map((one) => (one.kind === "verified" ? one.verified.statement.host : one.error.code));

describe("a release is judged host by host", () => {
  it("four good statements are four verified hosts, their envelopes passed on verbatim", () => {
    const statements = [nuc, rp3, rp4, x1].map((host) => signed(host));
    const verdicts = check(...statements);
    expect(inShort(verdicts)).toEqual(["nuc", "rp3", "rp4", "x1"]);
    expect(
      verdicts.map(
        (one) => one.kind === "verified" && [one.verified.envelope, one.verified.digest],
      ),
    ).toEqual(statements.map((one) => [one.envelope, one.digest]));
  });

  it("one bad statement does not take the others with it, and stands in its own place", () => {
    const flipped = signed(rp3).envelope.payload.replace(/^./, "f");
    const notJson = seal(STATEMENT_TYPE, utf8("{"), [CI_KEY]);
    const verdicts = check(
      signed(nuc),
      sealStatement(statementOf("a", { host: rp3 }), keyFrom("stranger")),
      { envelope: { ...signed(rp3).envelope, payload: flipped } },
      notJson,
      { envelope: { ...signed(rp3).envelope, payloadType: "text/plain" } },
      signed(x1),
    );
    expect(inShort(verdicts)).toEqual([
      "nuc",
      "signature-invalid",
      "signature-invalid",
      "not-json",
      "invalid-envelope",
      "x1",
    ]);
    expect([...verifiedByHost(verdicts).keys()]).toEqual(["nuc", "x1"]);
  });

  it("a refused statement keeps its envelope, so that a person can be shown what it was", () => {
    const stranger = sealStatement(statementOf("a"), keyFrom("stranger"));
    expect(check(stranger)).toMatchObject([{ kind: "refused", envelope: stranger.envelope }]);
  });

  it("a foreign fleet and a foreign channel are refused, a host that nobody knows is not", () => {
    const verdicts = check(
      signed(nuc, { fleet: parseFleetName("github:neighbour/homelab") }),
      signed(rp3, { channel: parseChannel("edge") }),
      signed(parseHostName("unheard-of")),
    );
    expect(inShort(verdicts)).toEqual(["wrong-fleet", "wrong-channel", "unheard-of"]);
  });

  it("an expired statement is refused from the millisecond it expires", () => {
    const verdicts = check(signed(nuc, { expires: at(0) }), signed(rp3, { expires: at(1) }));
    expect(inShort(verdicts)).toEqual(["statement-expired", "rp3"]);
  });

  it("a host named twice is refused both times: which of them is meant cannot be known", () => {
    const second = signed(rp4, { serial: serialAt(1) });
    const verdicts = check(signed(rp4), signed(nuc), second, second);
    expect(inShort(verdicts)).toEqual(["host-repeated", "nuc", "host-repeated", "host-repeated"]);
    expect(verdicts[0]).toMatchObject({
      error: { message: "the release names rp4 more than once" },
    });
    expect(verifiedByHost(verdicts).has(HOST)).toBe(false);
  });

  it("nobody can suppress a host by adding a statement that CI did not sign", () => {
    const forged = sealStatement(statementOf("b", { host: rp4 }), keyFrom("stranger"));
    expect(inShort(check(forged, signed(rp4)))).toEqual(["signature-invalid", "rp4"]);
  });

  it("a threshold of two asks for two in every statement", () => {
    const second = keyFrom("operator-1");
    const strict = { ...trust, releaseKeys: trusting(2, CI_KEY, second) };
    const both = sealStatement(statementOf("a"), CI_KEY, second);
    const release = { v: 1 as const, statements: [signed(nuc).envelope, both.envelope] };
    expect(inShort(checkRelease(release, strict, clockAt(0).now))).toEqual([
      "signature-invalid",
      "rp4",
    ]);
  });

  it("a release of no statement at all is no release", () => {
    expect(codeOf(() => parsePayload("release", utf8('{"v":1,"statements":[]}')))).toBe(
      "invalid-field",
    );
  });
});

describe("how a host's statement relates to the one before it", () => {
  const verified = (closure: string, differences = {}): VerifiedStatement =>
    verifyStatement(sealStatement(statementOf(closure, differences)).envelope, trust.releaseKeys);
  const before = verified("a");

  it("none before: first", () => {
    expect(compareStatements(undefined, before)).toBe("first");
  });

  it("the very same bytes: carried, whoever signed them in addition", () => {
    const again = sealStatement(before.statement, CI_KEY, keyFrom("ci-2"));
    expect(compareStatements(before, verifyStatement(again.envelope, trust.releaseKeys))).toBe(
      "carried",
    );
  });

  it("path and narHash unchanged under a newer serial: refreshed", () => {
    expect(compareStatements(before, verified("a", { serial: serialAt(1) }))).toBe("refreshed");
  });

  it("another path or another narHash: changed", () => {
    const serial = serialAt(1);
    expect(compareStatements(before, verified("b", { serial }))).toBe("changed");
    expect(compareStatements(before, verified("a", { serial, narHash: narHashFor("b") }))).toBe(
      "changed",
    );
    expect(compareStatements(before, verified("a", { serial, storePath: pathFor("b") }))).toBe(
      "changed",
    );
  });

  it("a lower serial: not rising, even if the closure is the same", () => {
    for (const closure of ["a", "b"]) {
      expect(compareStatements(before, verified(closure, { serial: serialAt(-1) }))).toBe(
        "not-rising",
      );
    }
  });

  it("the same serial with other content: equivocal, even if only the title differs", () => {
    expect(compareStatements(before, verified("b"))).toBe("equivocal");
    expect(compareStatements(before, verified("a", { title: "other" }))).toBe("equivocal");
  });

  it("the same closure is the same path with the same bytes", () => {
    const a = statementOf("a");
    expect(sameClosure(a, { ...a })).toBe(true);
    expect(sameClosure(a, { ...a, narHash: narHashFor("b") })).toBe(false);
    expect(sameClosure(a, { ...a, storePath: pathFor("b") })).toBe(false);
  });
});
