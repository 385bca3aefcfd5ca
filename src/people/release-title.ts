import type { EpochMs, Serial } from "../contract/index.ts";
import { formatDay, formatWhen, wallTime } from "./days.ts";
import type { Home, TimeZone } from "./home.ts";
import { readable } from "./readable.ts";
import { say } from "./say.ts";

/** A release as people know it: when CI signed it, and its commit's subject. */
export interface NamedRelease {
  readonly serial: Serial | null;
  readonly title: string | null;
}

const MAX_SUBJECT = 60;

/** E.g. "14 Jul, nixpkgs bump"; a serial is the instant of signing (DESIGN 5). */
export function releaseTitle(release: NamedRelease, now: EpochMs, home: Home): string {
  const { language } = home;
  const title = readable(release.title ?? "", MAX_SUBJECT);
  const signedAt = release.serial === null ? null : (Number(release.serial) as EpochMs);
  if (signedAt === null) return title || say(language, "release.none");
  if (title === "") {
    return say(language, "release.untitled", { when: formatWhen(signedAt, now, home) });
  }
  return say(language, "release.title", { day: formatDay(signedAt, now, home), title });
}

const UTC = "UTC" as TimeZone;

/**
 * A release as a version that rises with its serial, e.g. "2026.07.14.120000000": Home Assistant
 * compares versions part by part, and a local time would fall back once a year. To the millisecond, since
 * two serials may lie that close when CI's clock was set back.
 */
export function releaseVersion(serial: Serial): string {
  const wall = wallTime(Number(serial) as EpochMs, UTC);
  if (!wall) return String(serial);
  const { year, month, day, hour, minute, second } = wall;
  const milliseconds = String(serial % 1000).padStart(3, "0");
  return `${year}.${month}.${day}.${hour}${minute}${second}${milliseconds}`;
}
