import type { EpochMs } from "../contract/index.ts";
import { noteHeld } from "./control.ts";
import { whyHeldByClock } from "./host-clock.ts";
import { leaveOut } from "./host-end.ts";
import { findDue } from "./host-tree.ts";
import type { Reason } from "./reason.ts";
import type { HostEntry, RolloutState, StepOrder } from "./rollout-state.ts";
import { NEVER } from "./tally.ts";
import { extendLease, loseTrack, tendSoak } from "./trial.ts";
import type { Turn } from "./turn.ts";
import { nextEdge, tendEdges } from "./windows-now.ts";

/** What time alone changes, before anything else is decided at this instant. */
export function tendTime(turn: Turn): void {
  const { reconciling } = turn.state;
  tendEdges(turn);
  const done = turn.count("unsure") === 0;
  if (reconciling && (done || turn.at >= reconciling.until)) turn.set({ reconciling: null });
  tendHolds(turn);
}

function tendHolds(turn: Turn): void {
  const { holds } = turn.state;
  const over = holds.filter(({ until }) => until !== null && until <= turn.at);
  if (over.length > 0) {
    turn.set({ holds: holds.filter((one) => !over.includes(one)) });
    noteHeld(
      turn,
      over.map(({ host }) => host),
    );
  }
  const old = turn.state.holds.filter(({ remindAt }) => remindAt <= turn.at);
  for (const { source, since, remindAt } of old) {
    turn.announce({ type: "HoldIsOld", id: `hold/${source}/${remindAt}`, source, since });
  }
  if (old.length === 0) return;
  const remindAt = turn.after(turn.state.plan.holdFor);
  turn.set({
    holds: turn.state.holds.map((one) => (old.includes(one) ? { ...one, remindAt } : one)),
  });
}

/** Deadlines of hosts that have come. */
export function tendDeadlines(turn: Turn): void {
  for (
    let position = findDue(turn.state.hosts, turn.at);
    position >= 0;
    position = findDue(turn.state.hosts, turn.at)
  ) {
    tendDeadline(turn, position);
  }
}

function tendDeadline(turn: Turn, position: number): void {
  const { stageBy, soakUntil, silentAt, lease, order } = turn.step(position);
  if (isDue(turn, silentAt)) loseTrack(turn, position);
  else if (isDue(turn, stageBy))
    leaveOut(turn, position, "Deferred", whyLate(turn.entry(position)));
  else if (isDue(turn, soakUntil)) tendSoak(turn, position);
  else if (isDue(turn, lease?.extendAt ?? null)) extendLease(turn, position);
  else turn.order(position, (order as StepOrder).goal);
}

function whyLate(entry: HostEntry): Reason {
  if (!entry.online) return { code: "not-there" };
  return whyHeldByClock(entry) ?? { code: "slow-fetch" };
}

const isDue = ({ at }: Turn, deadline: EpochMs | null): boolean =>
  deadline !== null && deadline <= at;

/** Behind another rollout, a fence or hosts still to be heard a release begins when those end, not by time. */
function settlesAt({ next, rollout, fenced, reconciling }: RolloutState): EpochMs {
  const isUnderWay = rollout !== null && rollout.phase !== "Completed";
  return next && !(isUnderWay || fenced || reconciling) ? next.settledAt : NEVER;
}

/** When the next Tick is due at the latest; null when nothing waits for time. */
export function nextWakeAt(state: RolloutState): EpochMs | null {
  const times = [
    state.hosts.root.tally.dueAt,
    Math.min(nextEdge(state), NEVER),
    state.reconciling?.until ?? NEVER,
    settlesAt(state),
    ...state.holds.map(({ until, remindAt }) => Math.min(until ?? NEVER, remindAt)),
  ];
  const first = Math.min(...times);
  return first === NEVER ? null : (first as EpochMs);
}
