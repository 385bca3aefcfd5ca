import type { DurationMs, EpochMs } from "../contract/index.ts";
import type { Window, Windows } from "./plan.ts";
import type { WindowNow } from "./rollout-state.ts";
import { DAY_MS, instantOf, startOfDay, type WallClock, wallClock, weekday } from "./zone-time.ts";

const MINUTE_MS = 60_000;
/** A window that begins once a week is met within so many days, and the day before reaches past midnight. */
const DAYS_AHEAD = 8;

interface Span {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/**
 * Whether trials may begin at `at`, and when that changes next. An allow window closes early enough for a
 * trial of `needed` ms to end within it. A denied time covers both passes of an hour that the clocks repeat,
 * an allowed one only the first.
 */
export function windowAt(windows: Windows, at: EpochMs, needed: DurationMs): WindowNow {
  const { open, changesAt } = stretchAt(windows, at, needed);
  const opensAt = open ? null : nextOpening(windows, changesAt, at, needed);
  return { open, from: at, changesAt, opensAt };
}

/** An edge within a closed time, such as a denied time that begins, opens nothing. */
function nextOpening(
  windows: Windows,
  edge: EpochMs | null,
  at: EpochMs,
  needed: DurationMs,
): EpochMs | null {
  let next = edge;
  while (next !== null && next - at <= DAYS_AHEAD * DAY_MS) {
    const { open, changesAt } = stretchAt(windows, next, needed);
    if (open) return next;
    next = changesAt;
  }
  return null;
}

type Stretch = Pick<WindowNow, "open" | "changesAt">;

function stretchAt(windows: Windows, at: EpochMs, needed: DurationMs): Stretch {
  const { allow, deny } = windows;
  if (allow.length + deny.length === 0) return { open: true, changesAt: null };
  const clock = wallClock(windows.zone);
  const allowed = allow.flatMap((one) => spans(clock, one, at, "first"));
  const denied = deny.flatMap((one) => spans(clock, one, at, "last"));
  const usable = allowed.map(({ from, to }) => ({ from, to: (to - needed) as EpochMs }));
  const open = (allow.length === 0 || usable.some(isIn(at))) && !denied.some(isIn(at));
  const edges = [...usable, ...denied].flatMap(({ from, to }) => [from, to]);
  const ahead = edges.filter((edge) => edge > at).toSorted((a, b) => a - b);
  return { open, changesAt: ahead[0] ?? null };
}

const isIn =
  (at: EpochMs) =>
  ({ from, to }: Span): boolean =>
    from <= at && at < to;

/** The spans of one window around `at`; each belongs to the day on which it begins. */
function spans(clock: WallClock, window: Window, at: EpochMs, end: "first" | "last"): Span[] {
  const today = startOfDay(clock(at));
  const days = Array.from({ length: DAYS_AHEAD + 1 }, (_, ahead) => today + (ahead - 1) * DAY_MS);
  const length = window.to > window.from ? 0 : DAY_MS;
  return days
    .filter((day) => window.days.includes(weekday(day)))
    .map((day) => ({
      from: instantOf(clock, day + window.from * MINUTE_MS, "first"),
      to: instantOf(clock, day + length + window.to * MINUTE_MS, end),
    }));
}
