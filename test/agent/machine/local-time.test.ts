import { describe, expect, it } from "vitest";
import { localTime } from "../../../agent/machine/local-time.ts";

const at = (text: string): number => Date.parse(text);
const minutes = (hours: number, rest: number): number => hours * 60 + rest;

describe("what the clock on the wall shows", () => {
  it.each([
    ["midnight is minute 0, not 1440", "2026-03-01T00:00:00Z", "UTC", 0, 0],
    ["the last minute of a day", "2026-02-28T23:59:59Z", "UTC", minutes(23, 59), 6],
    ["a zone ahead of UTC may be in tomorrow", "2026-07-05T22:30:00Z", "Europe/Berlin", 30, 1],
    [
      "a zone behind UTC may be in yesterday",
      "2026-07-06T02:00:00Z",
      "America/New_York",
      minutes(22, 0),
      0,
    ],
    ["a zone of half hours", "2026-01-07T00:00:00Z", "Asia/Kolkata", minutes(5, 30), 3],
    ["before the clocks go forward", "2026-03-29T00:59:00Z", "Europe/Berlin", minutes(1, 59), 0],
    ["after the clocks went forward", "2026-03-29T01:00:00Z", "Europe/Berlin", minutes(3, 0), 0],
    ["an hour that is repeated, first", "2026-10-25T00:30:00Z", "Europe/Berlin", minutes(2, 30), 0],
    ["an hour that is repeated, again", "2026-10-25T01:30:00Z", "Europe/Berlin", minutes(2, 30), 0],
    ["1970", "1970-01-01T00:00:10Z", "UTC", 0, 4],
  ])("%s", (_name, moment, zone, localMinute, localDay) => {
    expect(localTime(at(moment), zone)).toEqual({ localMinute, localDay });
  });

  it("names every day of a week, with 0 for Sunday", () => {
    const days = Array.from(
      { length: 7 },
      (_none, day) => at("2026-03-01T12:00:00Z") + day * 86_400_000,
    );
    expect(days.map((day) => localTime(day, "UTC").localDay)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("is the system's own zone when none is configured", () => {
    const now = new Date(at("2026-07-05T22:30:00Z"));
    const own = { localMinute: minutes(now.getHours(), now.getMinutes()), localDay: now.getDay() };
    expect(localTime(now.getTime(), null)).toEqual(own);
  });
});
