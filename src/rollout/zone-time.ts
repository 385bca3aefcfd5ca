import type { EpochMs } from "../contract/index.ts";

/** Wall-clock time written as if it were UTC; differs from the instant by the zone's offset. */
export type WallMs = number;

const HOUR_MS = 3_600_000;
export const DAY_MS: number = 24 * HOUR_MS;

let named: ReadonlySet<string> | undefined;

/** Asked of the list first: the first date format of a process costs it 8 MiB, the list 0.3. It lacks aliases. */
export function zoneExists(zone: string): boolean {
  named ??= new Set(["UTC", ...Intl.supportedValuesOf("timeZone")]);
  if (named.has(zone)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Date and time by that zone's clock, such as `2026-07-13 15:00`: Sweden writes them so. */
export const shownIn = (zone: string, at: EpochMs): string =>
  new Intl.DateTimeFormat("sv-SE", {
    ...{ timeZone: zone, dateStyle: "short", timeStyle: "short" },
  }).format(at);

/** What the clock on the wall shows at an instant. */
export type WallClock = (at: number) => WallMs;

/** A window asks again for each day, and making a date format takes longer than using it a hundred times. */
const clocks = new Map<string, WallClock>();

/** @param zone an IANA name that exists */
export function wallClock(zone: string): WallClock {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = newWallClock(zone);
  clocks.set(zone, clock);
  return clock;
}

function newWallClock(zone: string): WallClock {
  const format = new Intl.DateTimeFormat("en-u-ca-iso8601-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric" },
  });
  return (at) => {
    const part = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, Number(value)]),
    ) as Record<"year" | "month" | "day" | "hour" | "minute" | "second", number>;
    const days = daysSince1970(part.year, part.month, part.day);
    const seconds = (part.hour * 60 + part.minute) * 60 + part.second;
    return days * DAY_MS + seconds * 1000 + (at % 1000);
  };
}

/** Of the proleptic Gregorian calendar; years that begin in March make leap days the last. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const m = (month + 9) % 12;
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leaps + Math.floor((153 * m + 2) / 5) + day - 719_469;
}

/** 0 Sunday to 6 Saturday. 1 January 1970 was a Thursday. */
export const weekday = (wall: WallMs): number => (Math.floor(wall / DAY_MS) + 4) % 7;
export const startOfDay = (wall: WallMs): WallMs => Math.floor(wall / DAY_MS) * DAY_MS;

/**
 * The instant at which the wall clock shows `wall`. Where it never does (clocks went forward), the instant
 * at which they did; where it does twice (clocks went back), the first or the last, as asked.
 */
export function instantOf(clock: WallClock, wall: WallMs, which: "first" | "last"): EpochMs {
  const offsets = [clock(wall - DAY_MS) - (wall - DAY_MS), clock(wall + DAY_MS) - (wall + DAY_MS)];
  const instants = offsets.map((offset) => wall - offset).filter((at) => clock(at) === wall);
  if (instants.length === 0) return jumpOver(clock, wall, offsets);
  return Math[which === "first" ? "min" : "max"](...instants) as EpochMs;
}

function jumpOver(clock: WallClock, wall: WallMs, offsets: readonly number[]): EpochMs {
  let before = wall - Math.max(...offsets);
  let after = wall - Math.min(...offsets);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (clock(middle) < wall) before = middle;
    else after = middle;
  }
  return after as EpochMs;
}
