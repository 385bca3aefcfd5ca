/** A weekly time in which trials may begin. It belongs to the day on which it begins. */
export interface GuardWindow {
  /** 0 Sunday to 6 Saturday. */
  readonly days: readonly number[];
  /** Minutes since local midnight, 0 to 1439. */
  readonly from: number;
  /** 1 to 1440, exclusive; not after `from`: the window ends on the next day. */
  readonly to: number;
}

export const DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

const DAY_MINUTES = 1440;
const WEEK_DAYS = 7;

/** `day` and `minute` are what the clock on the wall shows: an hour that the clocks repeat counts twice. */
export function isInWindow(window: GuardWindow, day: number, minute: number): boolean {
  const { days, from, to } = window;
  if (to > from) return days.includes(day) && from <= minute && minute < to;
  const yesterday = (day + WEEK_DAYS - 1) % WEEK_DAYS;
  return (days.includes(day) && from <= minute) || (days.includes(yesterday) && minute < to);
}

/** Minutes of the wall clock until the window opens next; for a window that is closed now. */
export function minutesUntilOpen({ days, from }: GuardWindow, day: number, minute: number): number {
  const ahead = days.map((begins) => {
    const inDays = (begins - day + WEEK_DAYS) % WEEK_DAYS;
    const inMinutes = inDays * DAY_MINUTES + from - minute;
    return inMinutes > 0 ? inMinutes : inMinutes + WEEK_DAYS * DAY_MINUTES;
  });
  return Math.min(...ahead);
}

/** Such as "mon,tue 22:00-06:00". */
export function windowText({ days, from, to }: GuardWindow): string {
  const names = days.map((day) => DAY_NAMES[day]).join(",");
  return `${days.length === WEEK_DAYS ? "daily" : names} ${clockText(from)}-${clockText(to)}`;
}

/** Such as "tue 02:00". @param minute since midnight of `day`, a week's worth or less ahead */
export function timeText(day: number, minute: number): string {
  const name = DAY_NAMES[(day + Math.floor(minute / DAY_MINUTES)) % WEEK_DAYS];
  return `${name} ${clockText(minute % DAY_MINUTES)}`;
}

function clockText(minute: number): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
