import { count, findFirst, findLast, type Range } from "./host-tree.ts";
import type { Group } from "./plan.ts";
import type { GroupWindowNow } from "./rollout-state.ts";
import type { Counted } from "./tally.ts";
import type { Turn } from "./turn.ts";

/** A group that has times of its own, and how they stand. */
export interface OwnTimes {
  readonly group: Group;
  readonly now: GroupWindowNow;
}

/** A stretch of hosts, in order, that has the same times. */
interface Stretch extends Range {
  readonly open: boolean;
  /** Null: the plan's times. */
  readonly own: OwnTimes | null;
}

/** `range` in stretches: groups with times of their own, and what lies between them. */
function stretches({ state, plan }: Turn, range: Range): readonly Stretch[] {
  const { window, groupWindows } = state;
  const found: Stretch[] = [];
  let { from } = range;
  for (const now of groupWindows) {
    const group = plan.groups[now.group] as Group;
    const to = group.from + group.hosts.length;
    found.push({ from, to: group.from, open: window.open, own: null });
    found.push({ from: group.from, to, open: now.open, own: { group, now } });
    from = to;
  }
  found.push({ from, to: range.to, open: window.open, own: null });
  return found
    .map((one) => ({ ...one, to: Math.min(one.to, range.to) }))
    .filter((one) => one.from < one.to);
}

const openIn = (turn: Turn, range: Range): readonly Stretch[] =>
  stretches(turn, range).filter(({ open }) => open);

/** Position of the first of `range` that is counted so and whose times are open; -1 for none. */
export function firstOpen(turn: Turn, what: Counted, range: Range): number {
  for (const one of openIn(turn, range)) {
    const found = findFirst(turn.state.hosts, what, one);
    if (found >= 0) return found;
  }
  return -1;
}

/** The same from behind. */
export function lastOpen(turn: Turn, what: Counted, range: Range): number {
  for (const one of openIn(turn, range).toReversed()) {
    const found = findLast(turn.state.hosts, what, one);
    if (found >= 0) return found;
  }
  return -1;
}

/**
 * The first stretch of closed times for which hosts wait that could begin otherwise; null when there is none, or
 * somebody else of `range` may begin meanwhile.
 */
export function closedFor(turn: Turn, range: Range): Pick<Stretch, "own"> | null {
  const { hosts } = turn.state;
  const waited = stretches(turn, range).filter(
    (one) => count(hosts, "ready", one) + count(hosts, "asked", one) > 0,
  );
  return waited.some(({ open }) => open) ? null : (waited[0] ?? null);
}
