import { describe, expect, it } from "vitest";
import {
  checkRelease,
  DESIRED_TYPE,
  type ErrorCode,
  encodePayload,
  parseChannel,
  parseFleetName,
  parseHostName,
  parseSystemType,
  STATEMENT_TYPE,
  type Statement,
} from "../../src/contract/index.ts";
import {
  at,
  CI_KEY,
  desiredBytes,
  HUB_KEY,
  keyFrom,
  ordered,
  orderOf,
  seal,
  sealOrder,
  sealStatement,
  serialAt,
  statementOf,
  trusting,
  utf8,
} from "../support/contract-builders.ts";
import { PaperHost } from "./paper-host.ts";

const refused = (code: ErrorCode) => ({ kind: "refused", code });
const judgeWith = (differences: Partial<Statement>) =>
  new PaperHost().judge(ordered(sealStatement(statementOf("a", differences))));
const judgeRaw = (text: string) => {
  const statement = seal(STATEMENT_TYPE, utf8(text), [CI_KEY]);
  return new PaperHost().judge(desiredBytes(sealOrder(orderOf(statement.digest)), statement));
};
const jsonWith = (differences: object) => JSON.stringify({ ...statementOf("a"), ...differences });

describe("statement: CI signs, DSSE with Ed25519 over the exact bytes", () => {
  it("what CI signed for this host and the hub ordered is accepted, with the very statement and the order's digest", () => {
    const sealed = sealStatement(statementOf("a"));
    const order = sealOrder(orderOf(sealed.digest));
    expect(new PaperHost().judge(desiredBytes(order, sealed))).toMatchObject({
      kind: "accepted",
      noOp: false,
      statement: sealed.statement,
      orderDigest: order.digest,
      order: { statement: sealed.digest, goal: "trial" },
    });
  });

  it("the bytes are signed, not the meaning: one more space in a signed payload is refused", () => {
    const { bytes, envelope } = seal(STATEMENT_TYPE, utf8(jsonWith({})), [CI_KEY]);
    const spaced = Buffer.concat([bytes, utf8(" ")]).toString("base64");
    const other = seal(STATEMENT_TYPE, utf8(jsonWith({})), [CI_KEY]);
    const message = {
      v: 1,
      order: sealOrder(orderOf(other.digest)).envelope,
      statement: { ...envelope, payload: spaced },
    };
    expect(new PaperHost().judge(utf8(JSON.stringify(message)))).toMatchObject(
      refused("signature-invalid"),
    );
  });

  it("an order can never pass as a statement, nor a statement as an order, although the key is the same", () => {
    const host = new PaperHost({ releaseKeys: trusting(1, HUB_KEY) });
    const statement = sealStatement(statementOf("a"), HUB_KEY);
    const order = sealOrder(orderOf(statement.digest));
    const relabelled = { ...order.envelope, payloadType: STATEMENT_TYPE };
    const asStatement = { v: 1 as const, order: order.envelope, statement: relabelled };
    expect(host.judge(encodePayload("desired", asStatement))).toMatchObject(
      refused("signature-invalid"),
    );
    const asOrder = { v: 1 as const, order: statement.envelope, statement: statement.envelope };
    expect(host.judge(encodePayload("desired", asOrder))).toMatchObject(
      refused("invalid-envelope"),
    );
    const orderTwice = { v: 1 as const, order: order.envelope, statement: order.envelope };
    expect(host.judge(encodePayload("desired", orderTwice))).toMatchObject(
      refused("invalid-envelope"),
    );
  });

  it("CI's key says which closure, the hub's key says when: neither may do the other's part", () => {
    const byHub = sealStatement(statementOf("a"), HUB_KEY);
    expect(new PaperHost().judge(ordered(byHub))).toMatchObject(refused("signature-invalid"));
    const byCi = sealStatement(statementOf("a"));
    const order = sealOrder(orderOf(byCi.digest), CI_KEY);
    expect(new PaperHost().judge(desiredBytes(order, byCi))).toMatchObject(
      refused("signature-invalid"),
    );
  });

  it("fleet, host, channel and system are the host's own configuration's, compared exactly", () => {
    expect(judgeWith({ fleet: parseFleetName("github:Someone/homelab") })).toMatchObject(
      refused("wrong-fleet"),
    );
    expect(judgeWith({ host: parseHostName("rp4-") })).toMatchObject(refused("wrong-host"));
    expect(judgeWith({ channel: parseChannel("main2") })).toMatchObject(refused("wrong-channel"));
    expect(judgeWith({ system: parseSystemType("x86_64-linux") })).toMatchObject(
      refused("wrong-system"),
    );
  });

  it("a refusal says what was found and what was expected", () => {
    expect(judgeWith({ host: parseHostName("nuc") })).toMatchObject({
      message: `the statement's host is "nuc", expected "rp4"`,
    });
  });

  it("unknown fields are refused in signed payloads, except inside ext", () => {
    expect(judgeRaw(jsonWith({ substituter: "https://cache" }))).toMatchObject({
      ...refused("invalid-field"),
      message: `/ has the unknown field "substituter"`,
    });
    expect(judgeRaw(jsonWith({ ext: { anything: [1, { deep: true }] } }))).toMatchObject({
      kind: "accepted",
    });
  });

  it("no cache URL, no key, no script, ever: none of them is a field", () => {
    for (const name of ["url", "substituters", "publicKey", "rollbackScript", "script"]) {
      expect(judgeRaw(jsonWith({ [name]: "x" }))).toMatchObject(refused("invalid-field"));
    }
  });

  it("a signed payload with a duplicate key is refused", () => {
    const text = jsonWith({}).replace('"host":', '"host":"nuc","host":');
    expect(judgeRaw(text)).toMatchObject(refused("duplicate-key"));
  });

  it("minSerial may be the statement's own serial and no higher", () => {
    expect(judgeWith({ minSerial: serialAt(0) })).toMatchObject({ kind: "accepted" });
    expect(judgeRaw(jsonWith({ minSerial: serialAt(1) }))).toMatchObject(
      refused("min-serial-invalid"),
    );
  });

  it("the statement travels verbatim: the order of another host's key does not replace CI's signature", () => {
    const unsignedByCi = sealStatement(statementOf("a"), keyFrom("rp4"));
    expect(new PaperHost().judge(ordered(unsignedByCi))).toMatchObject(
      refused("signature-invalid"),
    );
  });

  it("wire version 2 is refused until this host speaks it", () => {
    expect(judgeRaw(jsonWith({ v: 2 }))).toMatchObject({
      ...refused("invalid-field"),
      message: "/v must be one of 1",
    });
  });

  it("a refusal before the order is trusted carries no counter, one after it does", () => {
    const before = judgeWith({ host: parseHostName("nuc") });
    const after = judgeWith({ expires: at(-1) });
    expect(before).toMatchObject({ ...refused("wrong-host"), counter: null });
    expect(after).toMatchObject({ ...refused("statement-expired"), counter: at(0) });
  });
});

describe("thresholds count distinct key material", () => {
  const [first, second] = [keyFrom("ci-1"), keyFrom("ci-2")];
  const judge = (signers: (typeof first)[], trusted = trusting(2, first, second)) => {
    const statement = seal(STATEMENT_TYPE, utf8(jsonWith({})), signers);
    const host = new PaperHost({ releaseKeys: trusted });
    return host.judge(desiredBytes(sealOrder(orderOf(statement.digest)), statement));
  };

  it("two of two is accepted, in either order", () => {
    expect(judge([first, second])).toMatchObject({ kind: "accepted" });
    expect(judge([second, first])).toMatchObject({ kind: "accepted" });
  });

  it("one of two is refused, even when it stands twice", () => {
    expect(judge([first])).toMatchObject(refused("signature-invalid"));
    expect(judge([first, first])).toMatchObject(refused("signature-invalid"));
  });

  it("one key under two names is one key", () => {
    const renamed = { ...first.publicKey, name: second.name };
    const trusted = { keys: [first.publicKey, renamed], threshold: 2 };
    const underBothNames = [first, { ...first, name: second.name }];
    expect(judge(underBothNames, trusted)).toMatchObject(refused("signature-invalid"));
  });

  it("the keyid is a hint: a wrong, missing or swapped one changes nothing", () => {
    const { envelope, digest } = seal(STATEMENT_TYPE, utf8(jsonWith({})), [first, second]);
    for (const keyids of [
      ["ci-2", "ci-1"],
      ["", ""],
      [undefined, "nobody"],
    ]) {
      const signatures = envelope.signatures.map(({ sig }, index) => {
        const keyid = keyids[index];
        return keyid === undefined ? { sig } : { sig, keyid };
      });
      const host = new PaperHost({ releaseKeys: trusting(2, first, second) });
      const statement = { envelope: { ...envelope, signatures }, digest };
      expect(host.judge(desiredBytes(sealOrder(orderOf(digest)), statement))).toMatchObject({
        kind: "accepted",
      });
    }
  });

  it("a threshold of 0 or of no number at all still asks for a signature", () => {
    const stranger = keyFrom("stranger");
    for (const threshold of [0, -1, Number.NaN]) {
      const trusted = { keys: [first.publicKey], threshold };
      expect(judge([stranger], trusted)).toMatchObject(refused("signature-invalid"));
    }
  });

  it("with no trusted key nothing is accepted, and the refusal says that none is trusted", () => {
    expect(judge([first], { keys: [], threshold: 1 })).toMatchObject({
      ...refused("signature-invalid"),
      message: "0 of 1 needed signatures are valid; signed as ci-1, trusted are none",
    });
  });

  it("a defect in a key is thrown, never disguised as a refusal", () => {
    const broken = {
      ...first.publicKey,
      verify: () => {
        throw new RangeError("out of order");
      },
    };
    expect(() => judge([first], { keys: [broken], threshold: 1 })).toThrow(RangeError);
    const release = { v: 1 as const, statements: [sealStatement(statementOf("a")).envelope] };
    const trust = { ...new PaperHost().trust, releaseKeys: { keys: [broken], threshold: 1 } };
    expect(() => checkRelease(release, trust, at(0))).toThrow(RangeError);
  });

  it("the hub's threshold is counted in the same way", () => {
    const hubKeys = trusting(2, HUB_KEY, keyFrom("hub-2"));
    const statement = sealStatement(statementOf("a"));
    const judgeOrderBy = (...signers: (typeof first)[]) => {
      const bytes = utf8(JSON.stringify(orderOf(statement.digest)));
      return new PaperHost({ hubKeys }).judge(
        desiredBytes(seal(DESIRED_TYPE, bytes, signers), statement),
      );
    };
    expect(judgeOrderBy(HUB_KEY, HUB_KEY)).toMatchObject(refused("signature-invalid"));
    expect(judgeOrderBy(HUB_KEY, keyFrom("hub-2"))).toMatchObject({ kind: "accepted" });
  });
});
