import { describe, expect, test } from "vitest";
import { type EpochMs, instant, type Serial } from "../../src/contract/index.ts";
import {
  formatDay,
  formatWhen,
  parseTimeZone,
  releaseTitle,
  releaseVersion,
} from "../../src/people/index.ts";
import { at, DAY_MS, HOUR_MS, NOON } from "../support/contract-builders.ts";
import { ENGLISH, GERMAN } from "./scenes.ts";

const serial = (ms: number): Serial => ms as Serial;
const BEYOND = Number.MAX_SAFE_INTEGER as EpochMs;

describe("times", () => {
  test("are those on the wall of the home, today without the day", () => {
    expect(formatWhen(NOON, NOON, ENGLISH)).toBe("14:00");
    expect(formatWhen(at(10 * HOUR_MS), NOON, ENGLISH)).toBe("15 Jul, 00:00");
    expect(formatWhen(at(10 * HOUR_MS), NOON, GERMAN)).toBe("15. Juli, 00:00");
    expect(formatWhen(at(10 * HOUR_MS), NOON, { ...ENGLISH, zone: parseTimeZone("UTC") })).toBe(
      "22:00",
    );
  });

  test("carry the year when it is another one", () => {
    expect(formatDay(at(-365 * DAY_MS), NOON, ENGLISH)).toBe("14 Jul 2025");
    expect(formatWhen(at(-365 * DAY_MS), NOON, GERMAN)).toBe("14. Juli 2025, 14:00");
    expect(formatWhen(at(-31 * DAY_MS), NOON, ENGLISH)).toBe("13 Jun, 14:00");
  });

  test("follow the clocks when they change", () => {
    const winter = instant(Date.UTC(2026, 0, 14, 12));
    expect(formatWhen(winter, winter, ENGLISH)).toBe("13:00");
  });

  test("name each month in both languages", () => {
    const months = Array.from({ length: 12 }, (_, month) => instant(Date.UTC(2026, month, 3)));
    expect(months.map((one) => formatDay(one, NOON, ENGLISH))).toEqual(
      "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ").map((name) => `3 ${name}`),
    );
    expect(months.map((one) => formatDay(one, NOON, GERMAN))[2]).toBe("3. März");
  });

  test("on the same day of another month, or of another year, are not called by their time alone", () => {
    expect(formatWhen(at(31 * DAY_MS), NOON, ENGLISH)).toBe("14 Aug, 14:00");
    expect(formatWhen(at(365 * DAY_MS), NOON, ENGLISH)).toBe("14 Jul 2027, 14:00");
  });

  test("past the end of the calendar are said to be unknown", () => {
    expect(formatDay(BEYOND, NOON, ENGLISH)).toBe("an unknown time");
    expect(formatWhen(BEYOND, NOON, GERMAN)).toBe("unbekannte Zeit");
    expect(formatDay(NOON, BEYOND, ENGLISH)).toBe("14 Jul 2026");
    expect(formatWhen(NOON, BEYOND, ENGLISH)).toBe("14 Jul 2026, 14:00");
  });

  test.each(["Middle/Earth", "", "+02:00", "Europe/Berlin\n", "x".repeat(99)])(
    "in the zone %j are refused",
    (zone) => {
      expect(() => parseTimeZone(zone)).toThrowError(
        expect.objectContaining({ code: "time-zone-unknown" }),
      );
    },
  );
});

describe("a release", () => {
  test("is called by the day it was signed and its commit's subject", () => {
    const release = { serial: serial(NOON), title: "nixpkgs bump" };
    expect(releaseTitle(release, NOON, ENGLISH)).toBe("14 Jul, nixpkgs bump");
    expect(releaseTitle(release, NOON, GERMAN)).toBe("14. Juli, nixpkgs bump");
    expect(releaseTitle(release, at(365 * DAY_MS), ENGLISH)).toBe("14 Jul 2026, nixpkgs bump");
  });

  test("without a subject is called by its time, without a serial by its subject", () => {
    expect(releaseTitle({ serial: serial(NOON), title: null }, NOON, ENGLISH)).toBe(
      "release of 14:00",
    );
    expect(releaseTitle({ serial: null, title: "nixpkgs bump" }, NOON, ENGLISH)).toBe(
      "nixpkgs bump",
    );
    expect(releaseTitle({ serial: null, title: null }, NOON, GERMAN)).toBe("kein Release");
  });

  test("with a long subject is cut, not wrapped", () => {
    const title = releaseTitle({ serial: serial(NOON), title: "x".repeat(200) }, NOON, ENGLISH);
    expect([...title]).toHaveLength("14 Jul, ".length + 60);
    expect(title.endsWith("…")).toBe(true);
  });

  test("has a version that rises with its serial, also where clocks fall back", () => {
    expect(releaseVersion(serial(NOON + 7))).toBe("2026.07.14.120000007");
    const parts = (version: string): number[] => version.split(".").map(Number);
    const backwards = Date.UTC(2026, 9, 25, 0, 30);
    const moments = [NOON, NOON + 1, NOON + 999, backwards, backwards + HOUR_MS, BEYOND];
    const versions = moments.map((ms) => parts(releaseVersion(serial(ms))));
    const rising = versions.toSorted((a, b) => {
      const differs = a.findIndex((part, index) => part !== b[index]);
      return differs < 0 ? 0 : Number(a[differs]) - Number(b[differs]);
    });
    expect(versions).toEqual(rising);
  });
});
