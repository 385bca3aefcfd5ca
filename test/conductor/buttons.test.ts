import { describe, expect, it } from "vitest";
import {
  type ButtonBook,
  decidePress,
  mintButtons,
  parseButtonBook,
} from "../../src/conductor/buttons.ts";
import { instant, parseHostName, parseRolloutId } from "../../src/contract/index.ts";
import type { ButtonVerb } from "../../src/people/index.ts";
import { HOUR_MS, NOON } from "../support/contract-builders.ts";

const rollout = parseRolloutId("r1");
const rp4 = parseHostName("rp4");
const at = (ms: number) => instant(NOON + ms);

const mint = (book: ButtonBook, about: string, verbs: readonly ButtonVerb[], ms = 0) =>
  mintButtons(book, {
    ...{ about, rollout, at: at(ms) },
    buttons: verbs.map((verb) => ({ verb, label: verb, host: rp4, hash: `${verb}-${ms}` })),
  });
const press = (book: ButtonBook, hash: string, ms: number, more: object = {}) =>
  decidePress(book, { hash, press: "m1", rollout, at: at(ms), ...more });

describe("a button", () => {
  const book = mint([], "rollout-r1", ["approve", "hold"]);

  it("acts once, for the host it was given out for", () => {
    const first = press(book, "approve-0", 1000);
    if (first.kind !== "act") throw new Error(first.kind);
    expect(first.button).toMatchObject({ verb: "approve", host: "rp4", rollout });
    expect(press(first.book, "approve-0", 2000, { press: "m2" })).toMatchObject({
      ...{ kind: "used", at: at(1000) },
      button: { verb: "approve", host: "rp4" },
    });
  });

  it("heard twice by the same message is nobody's second tap", () => {
    const first = press(book, "approve-0", 1000);
    if (first.kind !== "act") throw new Error(first.kind);
    expect(press(first.book, "approve-0", 2000)).toEqual({ kind: "again" });
  });

  it("works for a day and not a moment longer", () => {
    expect(press(book, "hold-0", 24 * HOUR_MS - 1).kind).toBe("act");
    expect(press(book, "hold-0", 24 * HOUR_MS)).toMatchObject({
      ...{ kind: "expired", at: at(24 * HOUR_MS) },
    });
  });

  it("of another rollout is out of date, whatever it does", () => {
    const next = { rollout: parseRolloutId("r2") };
    expect(press(book, "approve-0", 1000, next)).toMatchObject({ kind: "stale", at: at(0) });
    expect(press(book, "hold-0", 1000, next).kind).toBe("stale");
  });

  it("whose notification was rewritten only still stops things", () => {
    const newer = mint(book, "rollout-r1", ["hold"], 5000);
    expect(press(newer, "approve-0", 6000).kind).toBe("stale");
    expect(press(newer, "hold-0", 6000).kind).toBe("act");
    expect(press(newer, "hold-5000", 6000).kind).toBe("act");
    const buttonless = mint(book, "rollout-r1", [], 5000);
    expect(press(buttonless, "approve-0", 6000).kind).toBe("stale");
    const elsewhere = mint(book, "drift-nuc", ["retry"], 5000);
    expect(press(elsewhere, "approve-0", 6000).kind).toBe("act");
  });

  it("that nobody gave out is unknown", () => {
    expect(press(book, "guessed", 1000)).toEqual({ kind: "unknown" });
  });

  it("can say for a week what it was, and is then forgotten", () => {
    const week = mint(book, "other", ["hold"], 7 * 24 * HOUR_MS);
    expect(press(week, "approve-0", 7 * 24 * HOUR_MS).kind).toBe("expired");
    const later = mint(book, "other", ["hold"], 9 * 24 * HOUR_MS);
    expect(press(later, "approve-0", 9 * 24 * HOUR_MS).kind).toBe("unknown");
  });

  it("is one of two hundred at most, the newest", () => {
    let many: ButtonBook = [];
    for (let n = 0; n < 250; n += 1) many = mint(many, `n${n}`, ["hold"], n);
    expect(many).toHaveLength(200);
    expect(press(many, "hold-249", 1000).kind).toBe("act");
  });
});

describe("the book of buttons", () => {
  it("is read back as it was written", () => {
    const first = press(mint([], "a", ["approve", "hold"]), "hold-0", 1);
    if (first.kind !== "act") throw new Error(first.kind);
    expect(parseButtonBook(JSON.parse(JSON.stringify(first.book)))).toEqual(first.book);
  });

  it.each([[{}], [[{ hash: "x" }]], [[{ ...mint([], "a", ["hold"])[0], verb: "install" }]]])(
    "that is none is damage: %j",
    (json) => expect(() => parseButtonBook(json)).toThrow("cannot be read"),
  );

  it("whose use cannot be read is damage: it might work twice", () => {
    const [button] = mint([], "a", ["hold"]);
    expect(() => parseButtonBook([{ ...button, used: { press: 1 } }])).toThrow("cannot be read");
  });
});
