import { describe, expect, it } from "vitest";
import { aHost, beyondLook, growth } from "./hub-figures.ts";
import { quantile, ratios, spread } from "./measure.ts";
import { type Comparison, isMet, type Measured, renderRow } from "./row.ts";

const measure = async (): Promise<Measured> => found(1);
const found = (median: number, isAlsoMet?: boolean): Measured => ({
  ...{ ours: "ours", peer: "peer", ratio: { median, min: median, max: median } },
  ...(isAlsoMet === undefined ? {} : { also: { text: "p99", met: isAlsoMet } }),
});
const row: Comparison = { about: "row: a thing", goal: 1.5, measure };
const withBoth: Comparison = { ...row, alsoGoal: "p99 below 10 ms" };

describe("a row's verdict", () => {
  it("is met up to the goal and missed beyond it", () => {
    expect([1.49, 1.5, 1.51].map((median) => isMet(row, found(median)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(renderRow(row, found(1.51))).toContain("goal ratio <= 1.5: MISSED");
  });

  it("is missed when the second figure is, or is not there", () => {
    expect([found(1, true), found(1, false), found(1)].map((one) => isMet(withBoth, one))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("what a row is made of", () => {
  it("takes ratios turn by turn: a moment in which both sides are slow changes none", () => {
    expect(ratios([10, 1000, 10], [5, 500, 5])).toEqual([2, 2, 2]);
  });

  it("takes the middle value, however far off a single one is", () => {
    expect(spread([1, 2, 1000])).toEqual({ median: 2, min: 1, max: 1000 });
    expect(quantile([3, 1, 2], 0.99)).toBe(3);
  });

  it("says 1 of a fleet ten times as large that takes ten times as long", () => {
    const run = (hosts: number, cpuMs: number) => ({ hosts, cpuMs });
    const cpu = aHost(({ cpuMs }: ReturnType<typeof run>) => cpuMs);
    expect(growth([run(200, 1000)], [run(20, 100)], cpu).median).toBe(1);
    expect(growth([run(200, 4000)], [run(20, 100)], cpu).median).toBe(4);
  });

  it("counts as delay what lies beyond the millisecond between two looks, and never less than nothing", () => {
    expect([3_500_000, 1_000_000, 900_000].map(beyondLook)).toEqual([2.5, 0, 0]);
  });
});
