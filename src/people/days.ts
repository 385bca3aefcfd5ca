import { type EpochMs, LAST_INSTANT_MS } from "../contract/index.ts";
import type { Home, TimeZone } from "./home.ts";
import { say } from "./say.ts";
import type { Months } from "./words/en-notices.ts";

type Part = "year" | "month" | "day" | "hour" | "minute" | "second";
type WallTime = Readonly<Record<Part, string>>;

/** Making one takes longer than using it a hundred times; a home has one zone. */
const formats = new Map<TimeZone, Intl.DateTimeFormat>();

function formatOf(zone: TimeZone): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
    timeZone: zone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  formats.set(zone, format);
  return format;
}

/** The time on the wall of `zone`, in digits; null past the end of the calendar. */
export function wallTime(at: EpochMs, zone: TimeZone): WallTime | null {
  if (at > LAST_INSTANT_MS) return null;
  const parts = formatOf(zone).formatToParts(at);
  return Object.fromEntries(parts.map(({ type, value }) => [type, value])) as WallTime;
}

/** Words are the catalogue's own: what Intl calls a month differs between versions of its data. */
function dayOf(wall: WallTime, thisYear: string | undefined, home: Home): string {
  const { language } = home;
  const day = `${Number(wall.day)}`;
  const month = say(language, `month.${Number(wall.month) as Months}`);
  return wall.year === thisYear
    ? say(language, "time.day", { day, month })
    : say(language, "time.dayOfYear", { day, month, year: wall.year });
}

/** E.g. "14 Jul"; with the year when that is not the year of `now`. */
export function formatDay(at: EpochMs, now: EpochMs, home: Home): string {
  const wall = wallTime(at, home.zone);
  if (!wall) return say(home.language, "time.unknown");
  return dayOf(wall, wallTime(now, home.zone)?.year, home);
}

/** E.g. "14:32" on the day of `now`, else "14 Jul, 14:32". */
export function formatWhen(at: EpochMs, now: EpochMs, home: Home): string {
  const wall = wallTime(at, home.zone);
  if (!wall) return say(home.language, "time.unknown");
  const today = wallTime(now, home.zone);
  const clock = say(home.language, "time.clock", { hour: wall.hour, minute: wall.minute });
  const sameDay = wall.day === today?.day && wall.month === today.month && wall.year === today.year;
  if (sameDay) return clock;
  const day = dayOf(wall, today?.year, home);
  return say(home.language, "time.dayAndClock", { day, clock });
}
