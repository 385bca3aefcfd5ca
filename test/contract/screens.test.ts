import { describe, expect, it } from "vitest";
import { encodePayload, parsePayload, type ScreenEvent } from "../../src/contract/index.ts";
import { utf8 } from "../support/contract-builders.ts";
import { codeOf, refusalOf } from "./refusals.ts";
import { SAMPLES } from "./wire-samples.ts";

describe("words on a screen", () => {
  it.each(["-", " ", "ON", "läuft", "🏡".repeat(255), "x".repeat(255), "null", "\ufeffx"])(
    "may be %j",
    (words) => {
      expect(parsePayload("screenWhy", encodePayload("screenWhy", words))).toBe(words);
    },
  );

  it.each([
    "",
    "two\nlines",
    "a tab\t",
    "\u0000",
    "\u202eturned",
    "a\u2028b",
    "x".repeat(256),
    "🏡".repeat(256),
  ])("are never %j", (words) => {
    expect(codeOf(() => parsePayload("screenWhy", utf8(words)))).toBe("invalid-field");
    expect(codeOf(() => encodePayload("screenWhy", words))).toBe("invalid-field");
  });

  it("that are half a character are not written, and what is no UTF-8 is not read", () => {
    expect(codeOf(() => encodePayload("screenState", "half \ud83c"))).toBe("invalid-field");
    expect(codeOf(() => parsePayload("screenState", Uint8Array.of(0x61, 0xff)))).toBe("not-utf8");
  });
});

describe("an event on a screen", () => {
  const event = (rest: Partial<ScreenEvent>): ScreenEvent => ({ ...SAMPLES.screenEvent, ...rest });

  it("has room for the longest notification that there is", () => {
    const most = event({ title: "€".repeat(120), message: "€".repeat(4096), priority: 5 });
    expect(parsePayload("screenEvent", encodePayload("screenEvent", most))).toEqual(most);
  });

  it.each([
    ["/title", { title: "two\nlines" }],
    ["/title", { title: "x".repeat(121) }],
    ["/message", { message: "" }],
    ["/message", { message: "x".repeat(4097) }],
    ["/priority", { priority: 6 }],
    ["/event_type", { event_type: "HostEnded" }],
  ] as const)("is refused at %s for %.60j", (where, wrong) => {
    expect(refusalOf(() => encodePayload("screenEvent", event(wrong)))).toMatchObject({
      code: "invalid-field",
      where,
    });
  });
});

describe("an update on a screen", () => {
  it("names a percentage from 0 to 100 or none, and an address without spaces", () => {
    const update = SAMPLES.screenHostUpdate;
    for (const update_percentage of [0, 100, null]) {
      const told = { ...update, update_percentage };
      expect(parsePayload("screenHostUpdate", encodePayload("screenHostUpdate", told))).toEqual(
        told,
      );
    }
    for (const wrong of [{ update_percentage: 101 }, { release_url: "https://a b" }]) {
      const told = { ...update, ...wrong };
      expect(codeOf(() => encodePayload("screenHostUpdate", told))).toBe("invalid-field");
    }
  });
});
