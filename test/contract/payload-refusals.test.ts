import { describe, expect, it } from "vitest";
import {
  journalCodec,
  newRatchet,
  parseOrder,
  parsePayload,
  parseStatement,
  ratchetCodec,
} from "../../src/contract/index.ts";
import { text } from "../../src/contract/schema.ts";
import { type Validator, validated } from "../../src/contract/validator.ts";
import {
  EMPTY_JOURNAL,
  orderOf,
  pathFor,
  sealStatement,
  statementOf,
  utf8,
} from "../support/contract-builders.ts";
import { refusalOf } from "./refusals.ts";
import { SAMPLES } from "./wire-samples.ts";

describe("signed payloads and a host's own memory refuse unknown fields outside ext", () => {
  const { digest } = sealStatement(statementOf("a"));
  const seen = { serial: statementOf("a").serial, digest };
  const full = { ...newRatchet(1), floor: seen, order: digest };
  const cases = {
    statement: [parseStatement, statementOf("a"), ""],
    order: [parseOrder, orderOf(digest), ""],
    ratchet: [ratchetCodec.parse, full, ""],
    "ratchet's floor": [ratchetCodec.parse, full, "floor"],
    journal: [journalCodec.parse, { ...EMPTY_JOURNAL, quarantined: [pathFor("a")] }, ""],
  } as const;
  for (const [what, [parse, value, inside]] of Object.entries(cases)) {
    it(what, () => {
      expect(parse(utf8(JSON.stringify(value)))).toEqual(value);
      const inner = inside === "" ? value : (value as typeof full)[inside];
      for (const name of ["newer", "__proto__", "constructor", ""]) {
        const spoiled = JSON.stringify(inner).replace(/^\{/, `{${JSON.stringify(name)}:1,`);
        const text =
          inside === "" ? spoiled : JSON.stringify(value).replace(JSON.stringify(inner), spoiled);
        expect(refusalOf(() => parse(utf8(text)))).toMatchObject({
          code: "invalid-field",
          message: `${inside === "" ? "/" : `/${inside}`} has the unknown field ${JSON.stringify(name)}`,
        });
      }
    });
  }
});

describe("a refusal names the field, where it is and what is asked for", () => {
  const refusal = (differences: object) =>
    refusalOf(() =>
      parsePayload("reported", utf8(JSON.stringify({ ...SAMPLES.reported, ...differences }))),
    );
  const outcome = { code: "failed", reason: null, message: "" };

  it.each([
    [
      "a pattern, in words",
      { host: "RP4" },
      "/host must be 1 to 63 characters of a-z, 0-9 and '-'",
    ],
    [
      "one of several words",
      { clock: "fast" },
      "/clock must be one of synchronised, unsynchronised",
    ],
    ["a whole number", { seq: 0.5 }, "/seq must be integer"],
    ["a bound", { seq: -1 }, "/seq must be >= 0"],
    ["a list's length", { wire: [] }, "/wire must NOT have fewer than 1 items"],
    ["one element", { wire: [1, "2"] }, "/wire/1 must be integer"],
    [
      "a field that may be null",
      { target: "/etc" },
      "/target must be a store path such as /nix/store/<hash>-nixos-system-...",
    ],
    [
      "inside what may be null",
      { outcome: { ...outcome, code: "fine" } },
      expect.stringMatching(/^\/outcome\/code must be one of succeeded, /),
    ],
    [
      "null two levels down",
      { outcome: { ...outcome, reason: 1 } },
      "/outcome/reason must be string",
    ],
  ])("%s", (_, differences, message) => {
    const { code, message: said, where } = refusal(differences);
    expect(code).toBe("invalid-field");
    expect(said).toEqual(message);
    expect(said.startsWith(`${where} `)).toBe(true);
  });
});

describe("a validator's fault is explained even where it says little", () => {
  const schema = text(/^a{1,3}$/, "one to three a");
  const failing = (errors: Validator["errors"]): Validator =>
    Object.assign(() => false, { errors: errors ?? null });
  const explained = (errors: Validator["errors"]) =>
    refusalOf(() => validated("b", failing(errors), schema)).message;

  it("by what the pattern means, by the validator's own words, or by where it is", () => {
    const fault = { instancePath: "/a", keyword: "pattern", message: "must match pattern" };
    expect(explained([{ ...fault, params: { pattern: "^a{1,3}$" } }])).toBe(
      "/a must be one to three a",
    );
    expect(explained([{ ...fault, params: { pattern: "^never declared$" } }])).toBe(
      "/a must match pattern",
    );
    expect(explained([{ instancePath: "", keyword: "not", params: {} }])).toBe("/ is not valid");
    expect(explained(null)).toBe("/ is not valid");
  });

  it("a field that may only be null is told so", () => {
    const params = { type: "null" };
    const fault = { instancePath: "/a", keyword: "type", message: "must be null", params };
    expect(explained([fault])).toBe("/a must be null");
  });
});
