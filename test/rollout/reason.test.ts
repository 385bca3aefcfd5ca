import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePayload } from "../../src/contract/index.ts";
import {
  parseState,
  plainReason,
  readReason,
  reduce,
  statusOf,
  stepsOf,
} from "../../src/rollout/index.ts";
import { EVERY_REASON } from "./every-reason.ts";
import { by, Home, nuc, pathOf, rp4, sessionOf, wall } from "./scenes.ts";

describe("a reason on the wire", () => {
  it.each(EVERY_REASON)("$code is plain English, and is read back as it was", (why) => {
    expect(plainReason(why)).not.toMatch(/undefined|\[object|[{}]/);
    expect(readReason(plainReason(why))).toEqual(why);
  });

  it("of none is empty, and is none again", () => {
    expect(plainReason(null)).toBe("");
    expect(readReason("")).toBeNull();
  });

  it.each([
    ["the cat sits on it"],
    ["moon-too-low: an error that nobody here knows"],
    ["Karl: did not do well"],
    ["rp4: Dancing, disk-full"],
    ["rp4: Failed, nuc: Failed, disk-full"],
    [`left out by ${"a".repeat(2001)}`],
  ])("that says something else is somebody's own words: %s", (said) => {
    const why = readReason(said);
    expect(why).toMatchObject({ code: expect.stringMatching(/^said$|^host-ended-because$/) });
    expect(said.startsWith(plainReason(why))).toBe(true);
  });

  it("is cut where somebody says too much", () => {
    const home = new Home({ soak: "5m" }).ready().inTrial(rp4);
    const long = "x".repeat(5000);
    const undone = { type: "StepUndone", at: home.at, ...home.key(rp4), why: long } as const;
    const aborted = { type: "AbortAsked", at: home.at, by: long, scope: "failed" } as const;
    const outcome = { code: "failed", reason: "disk-full", message: long } as const;
    const whys = [
      stepsOf(reduce(home.state, undone).state)[0]?.why,
      reduce(home.state, aborted).state.rollout?.why,
      stepsOf(home.says(rp4, { outcome }).state)[0]?.why,
    ];
    expect(whys).toEqual([
      { code: "said", said: "x".repeat(500) },
      { code: "stopped-by", by: "x".repeat(200) },
      { code: "error-said", error: "disk-full", said: "x".repeat(500) },
    ]);
  });

  it("is one that the wire takes, whatever somebody says", () => {
    const home = new Home({ soak: "5m" }).ready().inTrial(rp4);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 3000 }), (why) => {
        const undone = { type: "StepUndone", at: home.at, ...home.key(rp4), why } as const;
        const { state, ignored } = reduce(home.state, undone);
        expect(ignored).toBeNull();
        const status = statusOf(state, sessionOf(1), home.at);
        const bytes = Buffer.from(JSON.stringify(status));
        expect(parsePayload("rolloutStatus", bytes)).toEqual(status);
      }),
    );
  });
});

describe("a stored reason", () => {
  const home = new Home().ready();
  home.play({ type: "AbortAsked", at: home.at, by: "anna", scope: "failed" });
  const stored = (why: unknown): unknown => {
    const json = JSON.parse(JSON.stringify(home.state));
    json.rollout.why = why;
    return json;
  };

  it.each(EVERY_REASON)("$code is the same after it was stored", (why) => {
    expect(parseState(stored(why)).rollout?.why).toEqual(why);
  });

  it.each([
    ["a text", "stopped by anna", "/rollout/why/code must be one of"],
    ["another code", { code: "full-moon" }, "/rollout/why/code must be one of"],
    ["no code", {}, "/rollout/why/code must be one of"],
    ["a parameter too many", { code: "locked", by: "anna" }, "has the unknown field by"],
    ["a parameter too few", { code: "stopped-by" }, "/rollout/why/by is missing"],
    ["a host that is none", { code: "stopped-at", host: "RP4" }, "/rollout/why/host host name"],
    ["a state that is no end", { code: "host-ended", host: "rp4", state: "Staged" }, "/why/state"],
    ["an error that is no code", { code: "error", error: "No!" }, "/why/error must be a code"],
    ["a path that is none", { code: "runs-another", state: "Failed", runs: "/x" }, "/why/runs"],
    [
      "a reason within a reason within a reason",
      {
        ...{ code: "host-ended-because", host: "rp4", state: "Failed" },
        because: { code: "host-ended-because", host: "rp4", state: "Failed", because: null },
      },
      "/rollout/why/because/code must be one of",
    ],
  ])("is refused with its place: %s", (_name, why, said) => {
    expect(() => parseState(stored(why))).toThrow(said);
  });
});

describe("a state of version 1, whose reasons were English sentences", () => {
  /** As it was written: texts, empty where there was nothing to say, and what the gate had said once more. */
  const asOne = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(asOne);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([name, held]) => [
      name,
      name === "why" ? plainReason(held) : asOne(held),
    ]);
    const one = Object.fromEntries(entries);
    return "preflight" in one ? { ...one, gateWhy: "kitchen: 17 degrees" } : one;
  };

  it("is read: the reasons have become codes", () => {
    const home = new Home({ hosts: ["rp4", "rp3", "nuc"], onFailure: "stop" }).ready();
    home.play({ type: "HoldSet", at: home.at, source: wall, host: null });
    home.play({ type: "SkipAsked", at: home.at, by, host: nuc });
    home.play({ type: "HoldReleased", at: home.at, source: wall });
    const outcome = { code: "failed", reason: "disk-full", message: "none left" } as const;
    home.inTrial(rp4).says(rp4, { current: pathOf(rp4, 1), outcome });
    const one = { ...(asOne(JSON.parse(JSON.stringify(home.state))) as object), v: 1 };
    expect(JSON.stringify(one)).toContain('"why":"left out by ');
    expect(parseState(one)).toEqual(home.state);
    expect(stepsOf(parseState(one)).map(({ why }) => why?.code)).toEqual([
      ...["error-said", "stopped-at", "left-out"],
    ]);
  });

  it.each([
    ["null", null],
    ["a text", "state"],
    ["a list", []],
    ["nothing", undefined],
    ["empty", { v: 1 }],
  ])("is still refused when it is %s", (_name, json) => {
    expect(() => parseState(json)).toThrow(/rollout-state-invalid|must be|is missing/);
  });
});
