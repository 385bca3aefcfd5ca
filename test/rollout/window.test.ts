import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EpochMs, instant, parseDuration } from "../../src/contract/index.ts";
import { parsePlan, type Windows, windowAt } from "../../src/rollout/index.ts";

const utc = (text: string): EpochMs => instant(Date.parse(text));
const windowsOf = (windows: object): Windows => parsePlan({ hosts: ["a"], windows }).windows;
const noSoak = parseDuration("0s");

/** Whether trials may begin at each of these instants. */
const open = (windows: object, ...instants: readonly string[]): readonly boolean[] =>
  instants.map((text) => windowAt(windowsOf(windows), utc(text), noSoak).open);

describe("a window", () => {
  const night = { zone: "UTC", allow: [{ days: ["fri"], from: "22:00", to: "06:00" }] };

  it("belongs to the day it begins: Friday night ends on Saturday morning", () => {
    expect(
      open(
        night,
        "2026-07-17T21:59:59Z",
        "2026-07-17T22:00:00Z",
        "2026-07-18T05:59:59Z",
        "2026-07-18T06:00:00Z",
      ),
    ).toEqual([false, true, true, false]);
    expect(open(night, "2026-07-17T05:00:00Z", "2026-07-18T23:00:00Z")).toEqual([false, false]);
  });

  it("that ends when it begins lasts a whole day", () => {
    const day = { zone: "UTC", allow: [{ days: ["fri"], from: "06:00", to: "06:00" }] };
    expect(
      open(day, "2026-07-17T06:00:00Z", "2026-07-18T05:59:00Z", "2026-07-18T06:00:00Z"),
    ).toEqual([true, true, false]);
  });

  it("may reach to midnight", () => {
    const evening = { zone: "UTC", allow: [{ from: "20:00", to: "24:00" }] };
    expect(open(evening, "2026-07-17T23:59:59Z", "2026-07-18T00:00:00Z")).toEqual([true, false]);
  });

  it("that denies wins over one that allows", () => {
    const both = {
      zone: "UTC",
      allow: [{ from: "20:00", to: "23:00" }],
      deny: [{ from: "21:00", to: "22:00" }],
    };
    expect(
      open(both, "2026-07-17T20:30:00Z", "2026-07-17T21:30:00Z", "2026-07-17T22:30:00Z"),
    ).toEqual([true, false, true]);
  });

  it("that only denies leaves the rest open", () => {
    const quiet = { zone: "UTC", deny: [{ from: "21:00", to: "22:00" }] };
    expect(open(quiet, "2026-07-17T20:59:00Z", "2026-07-17T21:00:00Z")).toEqual([true, false]);
  });

  it("closes early enough for what is begun to end within it", () => {
    const windows = windowsOf({ zone: "UTC", allow: [{ from: "20:00", to: "21:00" }] });
    const soak = parseDuration("10m");
    expect(windowAt(windows, utc("2026-07-17T20:49:59Z"), soak)).toMatchObject({
      ...{ open: true, changesAt: utc("2026-07-17T20:50:00Z") },
    });
    expect(windowAt(windows, utc("2026-07-17T20:50:00Z"), soak)).toMatchObject({
      ...{ open: false, changesAt: utc("2026-07-18T20:00:00Z") },
    });
  });

  it("is always open without any", () => {
    expect(windowAt(windowsOf({ zone: "UTC" }), utc("2026-07-17T20:50:00Z"), noSoak)).toMatchObject(
      {
        ...{ open: true, changesAt: null },
      },
    );
  });

  it("that has no day left in it never opens and waits for nothing", () => {
    const never = windowsOf({ zone: "UTC", allow: [{ days: [], from: "20:00", to: "21:00" }] });
    expect(windowAt(never, utc("2026-07-17T20:50:00Z"), noSoak)).toMatchObject({
      open: false,
      changesAt: null,
    });
  });
});

describe("a window in Berlin", () => {
  const berlin = (from: string, to: string, kind: "allow" | "deny" = "allow") => ({
    ...{ zone: "Europe/Berlin", [kind]: [{ from, to }] },
  });

  it("keeps to the clock on the wall in summer and winter", () => {
    expect(open(berlin("12:00", "13:00"), "2026-07-17T10:00:00Z", "2026-07-17T11:00:00Z")).toEqual([
      true,
      false,
    ]);
    expect(open(berlin("12:00", "13:00"), "2026-01-17T10:00:00Z", "2026-01-17T11:00:00Z")).toEqual([
      false,
      true,
    ]);
  });

  // 29 March 2026: 02:00 becomes 03:00, at 01:00Z
  it.each([
    [
      "begins in the hour that is left out: when the clocks are put forward",
      "02:30",
      "04:00",
      [
        "2026-03-29T00:59:59Z",
        "2026-03-29T01:00:00Z",
        "2026-03-29T01:59:59Z",
        "2026-03-29T02:00:00Z",
      ],
      [false, true, true, false],
    ],
    [
      "ends in the hour that is left out: when the clocks are put forward",
      "01:00",
      "02:30",
      ["2026-03-29T00:00:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"],
      [true, true, false],
    ],
    [
      "lies in the hour that is left out: not at all that day",
      "02:15",
      "02:45",
      ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-30T00:20:00Z"],
      [false, false, true],
    ],
    [
      "crosses midnight into the short night: an hour shorter",
      "22:00",
      "06:00",
      ["2026-03-28T21:00:00Z", "2026-03-29T03:59:59Z", "2026-03-29T04:00:00Z"],
      [true, true, false],
    ],
  ])("in spring, when it %s", (_name, from, to, instants, expected) => {
    expect(open(berlin(from, to), ...instants)).toEqual(expected);
  });

  // 25 October 2026: 03:00 becomes 02:00, at 01:00Z
  it.each([
    [
      "allows in the hour that comes twice: the first time only",
      "allow",
      "02:15",
      "02:45",
      [
        "2026-10-25T00:14:59Z",
        "2026-10-25T00:15:00Z",
        "2026-10-25T00:45:00Z",
        "2026-10-25T01:15:00Z",
      ],
      [false, true, false, false],
    ],
    [
      "denies in the hour that comes twice: through both",
      "deny",
      "02:15",
      "02:45",
      [
        "2026-10-25T00:14:59Z",
        "2026-10-25T00:15:00Z",
        "2026-10-25T00:50:00Z",
        "2026-10-25T01:44:59Z",
        "2026-10-25T01:45:00Z",
      ],
      [true, false, false, false, true],
    ],
    [
      "crosses midnight into the long night: an hour longer",
      "allow",
      "22:00",
      "06:00",
      ["2026-10-24T20:00:00Z", "2026-10-25T04:59:59Z", "2026-10-25T05:00:00Z"],
      [true, true, false],
    ],
  ] as const)("in autumn, when it %s", (_name, kind, from, to, instants, expected) => {
    expect(open(berlin(from, to, kind), ...instants)).toEqual(expected);
  });

  it("belongs to the Saturday it begins on, across the change of clocks", () => {
    const saturday = {
      zone: "Europe/Berlin",
      allow: [{ days: ["sat"], from: "23:00", to: "03:00" }],
    };
    expect(
      open(
        saturday,
        "2026-10-24T21:00:00Z",
        "2026-10-25T01:59:00Z",
        "2026-10-25T02:00:00Z",
        "2026-10-25T22:00:00Z",
      ),
    ).toEqual([true, true, false, false]);
  });
});

describe("whatever the windows", () => {
  const minutes = fc.integer({ min: 0, max: 1439 });
  const text = (at: number): string =>
    `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
  const days = fc.subarray(["sun", "mon", "tue", "wed", "thu", "fri", "sat"]);
  const window = fc.record({ days, from: minutes.map(text), to: minutes.map(text) });
  const windows = fc.record({
    zone: fc.constantFrom(
      "Europe/Berlin",
      "UTC",
      "America/St_Johns",
      "Australia/Lord_Howe",
      "Pacific/Apia",
    ),
    allow: fc.array(window, { maxLength: 2 }),
    deny: fc.array(window, { maxLength: 2 }),
  });
  const moment = fc
    .integer({ min: Date.parse("2026-01-01"), max: Date.parse("2027-01-01") })
    .map(instant);

  it("nothing changes before the edge that was foretold", () => {
    fc.assert(
      fc.property(
        windows,
        moment,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (said, at, part) => {
          const parsed = windowsOf(said);
          const now = windowAt(parsed, at, noSoak);
          const until = now.changesAt ?? at + 7 * 86_400_000;
          expect(until).toBeGreaterThan(at);
          const between = instant(at + Math.floor(part * (until - at)));
          expect(windowAt(parsed, between, noSoak).open).toBe(now.open);
        },
      ),
      { numRuns: 200 },
    );
  });
});
