import { type EpochMs, instant, NixwaveError } from "../contract/index.ts";
import { wallTime } from "./days.ts";
import type { TimeZone } from "./home.ts";
import type { Notification, Priority } from "./notification.ts";

/** Minutes after midnight, on the wall of the home. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)$/;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** ntfy: neither sound nor vibration. */
const SILENT: Priority = 2;
const ALWAYS_RINGS: Priority = 5;

/**
 * Two times such as 22:00 and 07:00; null where both are empty or the same.
 * @throws NixwaveError invalid-field
 */
export function parseQuietHours(from: string, to: string): QuietHours | null {
  if (from.trim() === "" && to.trim() === "") return null;
  const hours = { from: minutesOf(from), to: minutesOf(to) };
  return hours.from === hours.to ? null : hours;
}

function minutesOf(text: string): number {
  const [, hour, minute] = CLOCK.exec(text.trim()) ?? [];
  if (hour === undefined) {
    throw new NixwaveError(
      "invalid-field",
      `quiet hours: ${JSON.stringify(text.slice(0, 20))} is no time such as 22:00`,
    );
  }
  return Number(hour) * 60 + Number(minute);
}

/** When the quiet that holds now ends; null when it is not quiet. Where clocks change it may be an hour off, once. */
export function quietUntil(at: EpochMs, hours: QuietHours, zone: TimeZone): EpochMs | null {
  const wall = wallTime(at, zone);
  if (!wall) return null;
  const now = Number(wall.hour) * 60 + Number(wall.minute);
  const sinceFrom = (now - hours.from + DAY_MINUTES) % DAY_MINUTES;
  const length = (hours.to - hours.from + DAY_MINUTES) % DAY_MINUTES;
  if (sinceFrom >= length) return null;
  const startOfMinute = at - (at % MINUTE_MS);
  return instant(startOfMinute + (length - sinceFrom) * MINUTE_MS);
}

/** How it sounds at night: it is there, and rings only for what needs somebody now. */
export function hushed(notification: Notification): Notification {
  const { priority } = notification;
  if (priority === ALWAYS_RINGS || priority <= SILENT) return notification;
  return { ...notification, priority: SILENT };
}
