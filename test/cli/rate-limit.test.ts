import { describe, expect, it } from "vitest";
import { waitBeforeNext } from "../../src/cli/github/rate-limit.ts";
import { NOON } from "../support/contract-builders.ts";

const SECOND = NOON / 1000;
const wait = (headers: Record<string, string> | null, tried = 1): number | null =>
  waitBeforeNext(headers && new Headers(headers), tried, NOON);

describe("before GitHub is asked again", () => {
  it("it gets the rest that it asks for", () => {
    expect(wait({ "retry-after": "30" })).toBe(30_000);
    const usedUp = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(SECOND + 40) };
    expect(wait(usedUp)).toBe(40_000);
    expect(wait({ ...usedUp, "retry-after": "5" })).toBe(5000);
  });

  it("a reset that lies in the past asks for none", () => {
    const past = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(SECOND - 40) };
    expect(wait(past)).toBe(0);
  });

  it("each try without a word waits twice as long as the one before", () => {
    expect([1, 2, 3].map((tried) => wait(null, tried))).toEqual([1000, 2000, 4000]);
    expect(wait({ "x-ratelimit-remaining": "7", "x-ratelimit-reset": String(SECOND + 9) })).toBe(
      1000,
    );
    expect(wait({ "retry-after": "soon" })).toBe(1000);
  });

  it("no job sleeps longer than two minutes for it", () => {
    expect([wait({ "retry-after": "120" }), wait({ "retry-after": "121" })]).toEqual([
      120_000,
      null,
    ]);
  });
});
