import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GuardFacts } from "../../agent/decide/facts.ts";
import {
  DEFAULT_GUARDS,
  type Guards,
  guardPull,
  guardTrial,
  parseGuards,
} from "../../agent/decide/guards.ts";
import { instant } from "../../src/contract/index.ts";

const HOUR = 3_600_000;
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
const MINUTES_OF_DAY = 1440;
const ago = (ms: number) => instant(NOW - ms);
const none = { now: NOW, trials: [] };
const at = (day: number, clock: string): GuardFacts => {
  const [hours, minutes] = clock.split(":").map(Number);
  return { ...quiet, localDay: day, localMinute: (hours ?? 0) * 60 + (minutes ?? 0) };
};

describe("the activation window", () => {
  const nights = parse({ window: [{ days: ["mon", "sat"], from: "22:00", to: "06:00" }] });
  const noon = parse({ window: [{ from: "12:00", to: "13:30" }] });
  const sundays = parse({ window: [{ days: ["sun"], from: "04:00", to: "04:00" }] });
  const evenings = parse({ window: [{ days: ["sun"], from: "20:00", to: "24:00" }] });

  it.each([
    ["a window opens with its first minute", nights, 1, "22:00"],
    ["a window that crosses midnight belongs to the day it begins", nights, 2, "05:59"],
    ["Saturday's night reaches into Sunday", nights, 0, "00:00"],
    ["without days it opens daily", noon, 5, "13:29"],
    ["one that ends when it begins lasts a whole day", sundays, 0, "04:00"],
    ["one that ends when it begins lasts until that minute of the next day", sundays, 1, "03:59"],
    ["24:00 is the end of the day", evenings, 0, "23:59"],
  ])("%s", (_name, guards, day, clock) => {
    expect(guardTrial(guards, at(day, clock), none)).toBeNull();
  });

  it.each([
    ["a minute before it opens", nights, 1, "21:59", 1, "mon 22:00"],
    ["at the minute in which it ends", nights, 2, "06:00", 4 * 1440 + 16 * 60, "sat 22:00"],
    ["the evening of the day after it began", nights, 2, "23:00", 3 * 1440 + 23 * 60, "sat 22:00"],
    ["the early hours of the day on which it begins", nights, 1, "03:00", 19 * 60, "mon 22:00"],
    ["past it, until tomorrow", noon, 6, "13:30", 22 * 60 + 30, "sun 12:00"],
    ["past its whole day, until next week", sundays, 1, "04:00", 6 * 1440, "sun 04:00"],
    ["after the end of its day", evenings, 1, "00:00", 6 * 1440 + 20 * 60, "sun 20:00"],
  ])("holds a trial %s", (_name, guards, day, clock, minutesAhead, opens) => {
    const held = guardTrial(guards, at(day, clock), none);
    expect(held?.code).toBe("outside-window");
    expect(held?.until).toBe(NOW - 12_345 + minutesAhead * 60_000);
    expect(held?.message).toContain(`it opens ${opens} `);
  });

  it("opens at the nearest of several", () => {
    const guards = parse({
      window: [
        { days: ["fri"], from: "01:00", to: "02:00" },
        { days: ["thu"], from: "01:00", to: "02:00" },
      ],
    });
    const held = guardTrial(guards, at(3, "12:00"), none);
    expect(held?.message).toBe(
      "The activation window is closed; it opens thu 01:00 (fri 01:00-02:00, thu 01:00-02:00).",
    );
  });

  it("is open at the minute it promised, whatever the window", () => {
    const minute = fc.integer({ min: 0, max: MINUTES_OF_DAY - 1 });
    const window = fc.record({
      days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
      from: minute,
      to: fc.integer({ min: 1, max: MINUTES_OF_DAY }),
    });
    const day = fc.integer({ min: 0, max: 6 });
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 4 }), day, minute, (all, d, m) => {
        const guards = { ...DEFAULT_GUARDS, window: all };
        const facts = { ...quiet, localDay: d, localMinute: m };
        const now = instant(1_800_000_000_000);
        const held = guardTrial(guards, facts, { now, trials: [] });
        if (held === null) return;
        const ahead = ((held.until ?? 0) - now) / 60_000;
        const then = d * MINUTES_OF_DAY + m + ahead;
        const localDay = Math.floor(then / MINUTES_OF_DAY) % 7;
        const opened = { ...quiet, localDay, localMinute: then % MINUTES_OF_DAY };
        expect(guardTrial(guards, opened, { now, trials: [] })).toBeNull();
        const before = then + 7 * MINUTES_OF_DAY - 1;
        const eve = Math.floor(before / MINUTES_OF_DAY) % 7;
        const closed = { ...quiet, localDay: eve, localMinute: before % MINUTES_OF_DAY };
        expect(guardTrial(guards, closed, { now, trials: [] })?.code).toBe("outside-window");
      }),
    );
  });
});

describe("the minimum interval", () => {
  const guards = parse({ minInterval: "6h" });
  it.each([
    ["no trial ever began", [], null],
    ["the interval has passed to the millisecond", [ago(6 * HOUR)], null],
    ["it has not", [ago(6 * HOUR - 1)], NOW + 1],
    [
      "the newest trial counts, in whatever order they come",
      [ago(HOUR), ago(5 * HOUR)],
      NOW + 5 * HOUR,
    ],
    ["a clock set back a little still holds the interval", [ago(-HOUR)], NOW + 7 * HOUR],
    ["a trial that a wrong clock put far ahead does not block", [ago(-6 * HOUR)], null],
    ["one far ahead hides none that counts", [ago(-400 * HOUR), ago(HOUR)], NOW + 5 * HOUR],
  ])("%s", (_name, trials, until) => {
    const held = guardTrial(guards, quiet, { now: NOW, trials });
    expect(held?.until ?? null).toBe(until);
    expect(held?.code ?? null).toBe(until === null ? null : "trial-too-soon");
  });

  it("never waits longer than twice the interval, whatever the clock was", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_000_000_000_000 })), (trials) => {
        const held = guardTrial(guards, quiet, { now: NOW, trials: trials.map(instant) });
        expect(held?.until ?? NOW).toBeLessThanOrEqual(NOW + 12 * HOUR);
      }),
    );
  });
});

describe("the number of trials a day", () => {
  const guards = parse({ maxPerDay: 2 });
  it.each([
    ["one of two is no reason to wait", [ago(HOUR)], null],
    ["two are, until the first is a day old", [ago(HOUR), ago(3 * HOUR)], NOW + 21 * HOUR],
    [
      "more than allowed wait for the second last",
      [ago(HOUR), ago(2 * HOUR), ago(3 * HOUR)],
      NOW + 22 * HOUR,
    ],
    ["yesterday's do not count", [ago(24 * HOUR), ago(25 * HOUR), ago(HOUR)], null],
    ["trials far ahead of the clock do not count", [ago(-24 * HOUR), ago(-999 * HOUR)], null],
  ])("%s", (_name, trials, until) => {
    const held = guardTrial(guards, quiet, { now: NOW, trials });
    expect(held?.until ?? null).toBe(until);
    expect(held?.code ?? null).toBe(until === null ? null : "trials-used-up");
  });
});

describe("the laptop profile", () => {
  const laptop = parse({ laptop: true });
  const bootMs = 50_000;
  it.each([
    ["on mains with nobody minding", {}, null, null],
    ["on battery with enough in it", { batteryPercent: 30 }, null, null],
    ["under 30 % battery", { batteryPercent: 29 }, "battery-low", null],
    ["while a film plays", { sleepInhibitor: "firefox: video" }, "sleep-inhibited", null],
    ["after Later was pressed", { laterUntilBootMs: bootMs + 1 }, "person-said-later", NOW + 1],
    ["when Later is over", { laterUntilBootMs: bootMs }, null, null],
    ["on a metered link, because nothing is downloaded any more", { isMetered: true }, null, null],
  ])("decides a trial %s", (_name, changed, code, until) => {
    const held = guardTrial(laptop, { ...quiet, ...changed }, { ...none, bootMs });
    expect([held?.code ?? null, held?.until ?? null]).toEqual([code, until]);
  });

  it("takes Later as it is when the boot time is not known", () => {
    const held = guardTrial(laptop, { ...quiet, laterUntilBootMs: 1 }, none);
    expect([held?.code, held?.until]).toEqual(["person-said-later", null]);
  });

  it("asks nobody unless it is told how, and then for at most three hours", () => {
    expect(laptop.laptop).toEqual({ minBatteryPercent: 30 });
    const polite = parse({ laptop: { notice: { program: ["/ask"] } } });
    expect(polite.laptop?.notice).toEqual({
      ...{ program: ["/ask"], waitMs: 60_000, laterMs: HOUR, most: 3 },
    });
  });

  it("has a limit of its own for the battery", () => {
    const careful = parse({ laptop: { minBatteryPercent: 80 } });
    expect(guardTrial(careful, { ...quiet, batteryPercent: 79 }, none)?.message).toBe(
      "The battery has 79 %; 80 % are needed on battery.",
    );
  });

  it("says who asks not to be disturbed in a line that fits into a report", () => {
    const facts = { ...quiet, sleepInhibitor: `vlc\u0007\u202e${"x".repeat(5000)}` };
    expect(guardTrial(laptop, facts, none)?.message).toMatch(/^[^\p{Cc}\p{Bidi_Control}]{1,300}$/u);
  });

  it("pulls nothing on a metered link", () => {
    expect(guardPull(laptop, { ...quiet, isMetered: true })?.code).toBe("link-metered");
    expect(guardPull(laptop, quiet)).toBeNull();
  });

  it("is off for a machine that stays at home", () => {
    const facts = { ...quiet, isMetered: true, batteryPercent: 1, sleepInhibitor: "vlc" };
    const away = parse({ laptop: false });
    expect(guardPull(away, facts)).toBeNull();
    expect(guardTrial(away, { ...facts, laterUntilBootMs: 9e9 }, { ...none, bootMs })).toBeNull();
  });
});
