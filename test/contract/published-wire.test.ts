import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { WIRE_SPOKEN } from "../../src/contract/index.ts";
import { faultsOf, type PublishedWire, wireNow } from "./wire-growth.ts";

const PUBLISHED = JSON.parse(
  readFileSync(new URL(`../fixtures/wire/${WIRE_SPOKEN.at(-1)}.json`, import.meta.url), "utf8"),
) as PublishedWire;
const now = wireNow();

describe("the wire as this version published it (test/fixtures/wire)", () => {
  it.each(Object.keys(PUBLISHED.signed))(
    "%s is signed: a change of it is another version of the wire",
    (name) => {
      expect(now.signed[name]).toEqual(PUBLISHED.signed[name]);
    },
  );

  it.each(Object.keys(PUBLISHED.open))("%s only grows, by fields that may be missing", (name) => {
    expect(faultsOf(PUBLISHED.open[name], now.open[name], name)).toEqual([]);
  });

  it("nothing is published that is not kept: npm run record-wire", () => {
    expect(now).toEqual(PUBLISHED);
  });
});

describe("what would not read or not be read by the version before", () => {
  const word = { type: "string", enum: ["up", "down"] };
  const before = {
    type: "object",
    properties: {
      state: word,
      list: { type: "array", items: { anyOf: [{ type: "null" }, word] } },
    },
    required: ["state"],
    additionalProperties: false,
  };
  const changed = (fields: object, more: object = {}) => ({
    ...before,
    properties: { ...before.properties, ...fields },
    ...more,
  });
  const longer = { ...word, enum: ["up", "down", "asleep"] };

  it.each([
    ["a new word", changed({ state: longer })],
    [
      "a new word deep inside",
      changed({ list: { type: "array", items: { anyOf: [{ type: "null" }, longer] } } }),
    ],
    ["a field that is gone", { ...before, properties: { state: word } }],
    ["a new field that must be there", changed({ more: word }, { required: ["state", "more"] })],
    ["a field that may be missing now", changed({}, { required: [] })],
  ])("%s is found", (_, now) => {
    expect(faultsOf(before, now, "it")).not.toEqual([]);
  });

  it("a new field that may be missing is not", () => {
    expect(faultsOf(before, changed({ more: word }), "it")).toEqual([]);
  });
});
