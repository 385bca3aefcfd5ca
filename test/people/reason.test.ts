import { describe, expect, test } from "vitest";
import { holderName } from "../../src/people/holders.ts";
import { LANGUAGES, verdictReason, verdictText, whyText } from "../../src/people/index.ts";
import { REASON_TEXTS } from "../../src/people/reason.ts";
import { paramsOf, REASONS, type ReasonCode, readReason } from "../../src/rollout/index.ts";
import { EVERY_REASON } from "../rollout/every-reason.ts";
import { sample, verdictOf } from "./scenes.ts";

describe.each(LANGUAGES)("the reasons of a rollout in %s", (language) => {
  const texts = REASON_TEXTS[language];
  const codes = Object.keys(REASONS) as ReasonCode[];

  test("have a text for every code, and none for another", () => {
    expect(new Set(Object.keys(texts))).toEqual(new Set(codes));
  });

  test.each(codes)("%s: is said in a plain text that uses every parameter", (code) => {
    expect(texts[code]).not.toBe("");
    expect(texts[code].trim()).toBe(texts[code]);
    for (const param of paramsOf(code)) expect(texts[code]).toContain(`{${param}}`);
    expect(texts[code].replace(/\{\w+\}/g, "")).not.toMatch(/[{}]/);
    expect(texts[code]).not.toMatch(
      /\b(lease|deadman|statement|counter|ratchet|serial|closure|payload|Pacht|Zähler)/i,
    );
  });

  test.each(EVERY_REASON)("$code: shows each of its values, and no hole", (why) => {
    const said = whyText(why, language);
    expect(said).not.toMatch(/undefined|\[object|[{}]/);
    const { code: _, ...params } = why;
    for (const [name, value] of Object.entries(params)) {
      if (["by", "group", "host", "said"].includes(name)) expect(said).toContain(value);
      if (name === "source") expect(said).toContain(holderName(value as string));
    }
  });
});

test("German is not English left standing, where there is a word of ours", () => {
  const same = Object.entries(REASON_TEXTS.de).filter(([code, text]) => {
    return (
      text === REASON_TEXTS.en[code as ReasonCode] && /[a-z]/.test(text.replace(/\{\w+\}/g, ""))
    );
  });
  expect(same).toEqual([]);
});

const say = (plain: string, language: "en" | "de"): string => whyText(readReason(plain), language);

test("a reason with a code is said in words first, then what the machine said", () => {
  expect(say("disk-full: No space left on device", "en")).toBe(
    "The host's disk is full. No space left on device",
  );
  expect(say("disk-full: No space left on device", "de")).toBe(
    "Der Datenträger des Hosts ist voll. No space left on device",
  );
  expect(say("lease-expired", "de")).toBe("Niemand hat den Probelauf rechtzeitig bestätigt.");
});

test("a code that is no matter for screens, or that a newer host made, is named", () => {
  expect(say("editor-port-taken: 1880", "en")).toBe(
    "Something went wrong (editor-port-taken). 1880",
  );
  expect(whyText({ code: "error", error: "moon-too-low" }, "en")).toBe(
    "Something went wrong (moon-too-low).",
  );
});

test("somebody's own words stay what they said", () => {
  expect(say("the cat sits on it", "de")).toBe("the cat sits on it");
  expect(say("constructor: what", "en")).toBe("constructor: what");
  expect(whyText(null, "en")).toBe("");
});

test.each([
  ["it was not there", "It was not there.", "Er war nicht da."],
  ["stopped by anna", "Stopped by anna.", "Beendet von anna."],
  [
    "rp4: Failed, disk-full: none left",
    "rp4 failed: The host's disk is full. none left",
    "rp4 gescheitert: Der Datenträger des Hosts ist voll. none left",
  ],
  ["rp4: NeedsReboot", "rp4: needs a reboot", "rp4: braucht einen Neustart"],
  [
    `it reported Succeeded, but runs /nix/store/${"0".repeat(32)}-nixos`,
    "It reported “updated”, but runs nixos.",
    "Er hat „aktualisiert“ gemeldet, aber auf ihm läuft nixos.",
  ],
])("%s", (plain, english, german) => {
  expect(say(plain, "en")).toBe(english);
  expect(say(plain, "de")).toBe(german);
});

test("a verdict names the row at fault and its newest faulty reading", () => {
  expect(verdictReason(verdictOf(), "en")).toBe("living room: 17.5 is beyond its limit.");
  expect(verdictReason(verdictOf(), "de")).toBe("living room: 17,5 ist jenseits der Grenze.");
  expect(verdictText(verdictOf(), "en")).toBe(
    "living room: 17.5 is beyond its limit. The house is not healthy.",
  );
});

test("of several faulty readings the last one is shown", () => {
  const samples = ["17.5", "16", "15.5"].map((shown) => sample("living room", shown, "Failed"));
  expect(verdictReason(verdictOf({ samples }), "en")).toBe(
    "living room: 15.5 is beyond its limit.",
  );
});

test("without a faulty reading the newest is shown, without any that there was none", () => {
  const reason = { code: "stuck", row: "cellar", text: "" } as const;
  const healthy = [sample("cellar", "11", "Successful"), sample("cellar", "on", "Successful")];
  expect(verdictReason(verdictOf({ reason, samples: healthy }), "en")).toBe(
    "cellar: on has not moved for too long.",
  );
  expect(verdictReason(verdictOf({ reason, samples: [] }), "de")).toBe(
    "cellar: nichts hat sich zu lange nicht bewegt.",
  );
});

test("a gate as a whole is called the house, and one that only watches says so", () => {
  const reason = { code: "timed-out", row: "", text: "" } as const;
  const verdict = verdictOf({ status: "Inconclusive", reason, samples: [], binding: false });
  expect(verdictText(verdict, "en")).toBe(
    "The house: the time ran out before it was healthy for long enough. " +
      "The sensors give no verdict. Only watching: this verdict decides nothing.",
  );
});
