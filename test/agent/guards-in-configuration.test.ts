import { describe, expect, it } from "vitest";
import type { GuardFacts } from "../../agent/decide/facts.ts";
import { DEFAULT_GUARDS, type Guards, guardTrial, parseGuards } from "../../agent/decide/guards.ts";
import { instant } from "../../src/contract/index.ts";

const NOW = instant(1_800_000_000_000 + 12_345);
const quiet: GuardFacts = {
  ...{ localMinute: 12 * 60, localDay: 3, isMetered: false },
  ...{ batteryPercent: null, sleepInhibitor: null, laterUntilBootMs: null },
};
const parse = (value: unknown): Guards => {
  const faults: string[] = [];
  const guards = parseGuards(value, faults);
  expect(faults).toEqual([]);
  return guards;
};
const faultsOf = (value: unknown): string => {
  const faults: string[] = [];
  parseGuards(value, faults);
  return faults.join("; ");
};

describe("the guards in the configuration", () => {
  it("are all off when nothing is said", () => {
    expect(parse(undefined)).toEqual(DEFAULT_GUARDS);
    expect(parse({})).toEqual(DEFAULT_GUARDS);
    expect(guardTrial(DEFAULT_GUARDS, quiet, { now: NOW, trials: [NOW, NOW, NOW] })).toBeNull();
  });

  it.each([
    [null, '"guards": is not a JSON object'],
    [{ windows: [] }, '"guards/windows": is unknown'],
    [{ window: [] }, '"guards/window": is not a list of 1 to 32 entries'],
    [{ window: [{ from: "02:00" }] }, '"guards/window/0/to": is missing'],
    [{ window: [7] }, '"guards/window/0": is not a JSON object'],
    [{ window: [{ from: "24:00", to: "02:00" }] }, '"guards/window/0/from": is no time of day'],
    [{ window: [{ from: "02:00", to: "00:00" }] }, '"guards/window/0/to": is no time of day'],
    [{ window: [{ from: "2:00", to: "24:30" }] }, '"guards/window/0/to": is no time of day'],
    [{ window: [{ from: 2, to: "03:00" }] }, '"guards/window/0/from": is not a text'],
    [
      { window: [{ days: ["mo"], from: "01:00", to: "02:00" }] },
      '"guards/window/0/days/0": "mo" is not',
    ],
    [
      { window: [{ days: [], from: "01:00", to: "02:00" }] },
      '"guards/window/0/days": is not a list',
    ],
    [{ minInterval: "3 hours" }, '"guards/minInterval": "3 hours" is not a duration'],
    [{ minInterval: "32d" }, '"guards/minInterval": is not a duration from 0s to 31d'],
    [{ maxPerDay: 0 }, '"guards/maxPerDay": is not a whole number from 1 to 50'],
    [{ laptop: "yes" }, '"guards/laptop": is not true, false or an object'],
    [{ laptop: null }, '"guards/laptop": is not a JSON object'],
    [{ laptop: { minBatteryPercent: 101 } }, '"guards/laptop/minBatteryPercent": is not a whole'],
    [{ laptop: { notice: {} } }, '"guards/laptop/notice/program": is missing'],
    [{ laptop: { notice: { program: ["ask"] } } }, "is not an absolute path"],
    [{ laptop: { notice: { program: ["/ask"], later: "2d" } } }, "is not a duration from 1m to 1d"],
    [{ laptop: { notice: { program: ["/ask"], most: 25 } } }, "is not a whole number from 1 to 24"],
    [{ laptop: { notice: { program: ["/ask"], language: "fr" } } }, '"fr" is not one of en, de'],
    [{ laptop: { battery: 3 } }, '"guards/laptop/battery": is unknown'],
  ])("%j is refused with the place of the fault", (value, message) => {
    expect(faultsOf(value)).toContain(message);
  });

  it("names every fault at once", () => {
    expect(faultsOf({ minInterval: 1, maxPerDay: "2" }).split("; ")).toHaveLength(2);
  });
});
