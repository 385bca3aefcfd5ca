import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ContractError,
  encodePayload,
  encodeStatement,
  type Judgement,
  journalCodec,
  newRatchet,
  parseOrder,
  parsePayload,
  parsePublicKey,
  parseSecretKey,
  parseStatement,
  parseStorePath,
  ratchetCodec,
  WIRE_KINDS,
  type WireKind,
} from "../../src/contract/index.ts";
import {
  EMPTY_JOURNAL,
  orderOf,
  pathFor,
  sealStatement,
  statementOf,
  utf8,
} from "../support/contract-builders.ts";
import { mutation, rearrangement } from "./mutants.ts";
import { PaperHost } from "./paper-host.ts";
import { DESIRED_BYTES, SAMPLES } from "./wire-samples.ts";

const GOOD = Buffer.from(DESIRED_BYTES);
const asJson = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as object;
const goodDesired = parsePayload("desired", GOOD);
const goodJudgement = new PaperHost().judge(GOOD);

/**
 * Nobody signs the container (white space, unknown fields, keyids, a second signature beside a good
 * one), so a change there may pass: then exactly the order and the statement that were signed come out.
 */
function expectRefusedOrTheSame(bytes: Uint8Array): void {
  const judgement: Judgement = new PaperHost().judge(bytes);
  if (judgement.kind === "refused") return;
  expect(judgement).toEqual(goodJudgement);
  const passed = parsePayload("desired", bytes);
  expect(passed.order.payload).toBe(goodDesired.order.payload);
  expect(passed.statement.payload).toBe(goodDesired.statement.payload);
}

describe("a judge of orders never throws and never accepts what was not signed", () => {
  it("the untouched message is accepted, or the properties below would prove nothing", () => {
    expect(goodJudgement.kind).toBe("accepted");
  });

  it("random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(new PaperHost().judge(bytes).kind).toBe("refused");
      }),
      { numRuns: 1000 },
    );
  });

  it("random JSON, alone and in the places of the message", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom("v", "order", "statement"), (json, field) => {
        const inside = { ...asJson(GOOD), [field]: json };
        fc.pre(json !== 1);
        expect(new PaperHost().judge(utf8(JSON.stringify(json))).kind).toBe("refused");
        expect(new PaperHost().judge(utf8(JSON.stringify(inside))).kind).toBe("refused");
      }),
      { numRuns: 1000 },
    );
  });

  it("flipped, cut, lengthened, shortened and repeated bytes", () => {
    fc.assert(
      fc.property(mutation, (change) => expectRefusedOrTheSame(change(GOOD))),
      { numRuns: 3000 },
    );
  });

  it("every single bit of the message, one after another", () => {
    for (let bit = 0; bit < GOOD.length * 8; bit += 1) {
      const flipped = Buffer.from(GOOD);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expectRefusedOrTheSame(flipped);
    }
  });

  it("fields swapped, dropped or replaced", () => {
    fc.assert(
      fc.property(rearrangement, (change) =>
        expectRefusedOrTheSame(utf8(JSON.stringify(change(asJson(GOOD))))),
      ),
      { numRuns: 2000 },
    );
  });

  it("every key of the message written twice, the second time with something else", () => {
    const text = GOOD.toString();
    for (const [found] of text.matchAll(/"(\w+)":/g)) {
      for (const other of ["null", '"x"', "{}", "1"]) {
        const at = text.indexOf(found);
        expectRefusedOrTheSame(utf8(`${text.slice(0, at)}${found}${other},${text.slice(at)}`));
        expectRefusedOrTheSame(utf8(text.replace(/\}$/, `,${found}${other}}`)));
      }
    }
  });

  it("what may pass does: white space, unknown fields, other keyids", () => {
    const { order, ...rest } = goodDesired;
    const signatures = order.signatures.map(({ sig }) => ({ sig, keyid: "anybody", more: 1 }));
    const message = { more: [1], ...rest, order: { ...order, signatures, more: null } };
    const judgement = new PaperHost().judge(utf8(JSON.stringify(message, null, 2)));
    expect(judgement).toEqual(goodJudgement);
  });
});

describe("parsers refuse with a ContractError and with nothing else", () => {
  const { digest } = sealStatement(statementOf("a"));
  const wire = (kind: WireKind) => ({
    parse: (bytes: Uint8Array): unknown => parsePayload(kind, bytes),
    good: encodePayload(kind, SAMPLES[kind]),
  });
  const text = (parse: (text: string) => unknown, good: string) => ({
    parse: (bytes: Uint8Array): unknown => parse(Buffer.from(bytes).toString("latin1")),
    good: utf8(good),
  });
  const PARSERS: Record<string, { parse: (bytes: Uint8Array) => unknown; good: Uint8Array }> = {
    ...Object.fromEntries(WIRE_KINDS.map((kind) => [kind, wire(kind)])),
    statement: { parse: parseStatement, good: encodeStatement(statementOf("a")) },
    order: { parse: parseOrder, good: utf8(JSON.stringify(orderOf(digest))) },
    ratchet: { parse: ratchetCodec.parse, good: ratchetCodec.encode(newRatchet(1)) },
    journal: { parse: journalCodec.parse, good: journalCodec.encode(EMPTY_JOURNAL) },
    "public key": text(parsePublicKey, `ci-1:${"A".repeat(43)}=`),
    "secret key": text(parseSecretKey, `ci-1:${"A".repeat(86)}==`),
    "store path": text(parseStorePath, pathFor("a")),
  };

  for (const [what, { parse, good }] of Object.entries(PARSERS)) {
    const tryOut = (bytes: Uint8Array): { readonly value: unknown } | undefined => {
      try {
        return { value: parse(bytes) };
      } catch (error) {
        expect(error).toBeInstanceOf(ContractError);
        expect((error as ContractError).message).not.toMatch(/undefined|\[object/);
        return undefined;
      }
    };

    // Words for people may be any words; test/contract/screens.test.ts says which.
    const isWords = ["screenState", "screenRelease", "screenWhy", "screenHostState"].includes(what);
    it(`${what}: random bytes and random JSON are ${isWords ? "one line or none" : "never accepted"}`, () => {
      const json = fc.jsonValue().map((value) => utf8(JSON.stringify(value)));
      const bytes = fc.uint8Array({ maxLength: 200 });
      fc.assert(
        fc.property(fc.oneof(bytes, json), (input) => {
          const read = tryOut(input);
          if (!isWords) expect(read).toBeUndefined();
          else if (read) expect(read.value).toMatch(/^[^\n\r\p{Cc}]+$/u);
        }),
        { numRuns: 300 },
      );
    });

    it(`${what}: mutants are refused, or read to something that is written and read again`, () => {
      fc.assert(
        fc.property(mutation, (change) => {
          const read = tryOut(change(Buffer.from(good)));
          if (read === undefined || typeof read.value !== "object") return;
          if ("verify" in (read.value as object) || "sign" in (read.value as object)) return;
          expect(parse(utf8(JSON.stringify(read.value)))).toEqual(read.value);
        }),
        { numRuns: 500 },
      );
    });
  }
});
