import type { EpochMs } from "../contract/index.ts";
import { advance, order, rolloutIdOf, start, withStep } from "./advance.ts";
import { judgeReport } from "./judge-report.ts";
import {
  hasEnded,
  type OfferedRelease,
  type Reduction,
  type RolloutEvent,
  type RolloutState,
} from "./state.ts";

/**
 * Who goes next (DESIGN 8): the one pure step of the rollout. Never throws; an event that is unknown,
 * late or impossible leaves the state as it is and says why in `ignored`.
 */
export function reduce(state: RolloutState, event: RolloutEvent): Reduction {
  switch (event.type) {
    case "ReleaseVerified":
      return offer(state, event.release, event.at);
    case "HostReported":
      return reported(state, event);
    case "HostAppeared":
      return appeared(state, event);
    case "CounterLearned":
      return event.counter > state.lastCounter
        ? changed({ ...state, lastCounter: event.counter })
        : ignored(state, "the counter is not above the last one used");
  }
}

function offer(state: RolloutState, release: OfferedRelease, at: EpochMs): Reduction {
  const current = state.rollout;
  if (!release.hosts.some((one) => state.hosts.includes(one.host))) {
    return ignored(state, "the release names no host that this hub knows");
  }
  if (current?.id === rolloutIdOf(release)) {
    return ignored(state, `release ${release.serial} is already rolled out`);
  }
  const newest = state.next?.serial ?? current?.serial ?? 0;
  if (release.serial <= newest) {
    return ignored(state, `serial ${release.serial} does not rise above ${newest}`);
  }
  if (current && current.phase !== "Completed") return changed({ ...state, next: release });
  const begun = start(state, release, at);
  return { ...advance(begun, at), ignored: null };
}

function reported(
  state: RolloutState,
  event: Extract<RolloutEvent, { type: "HostReported" }>,
): Reduction {
  const { report, live, at } = event;
  const rollout = state.rollout;
  if (!live) return ignored(state, "a retained copy proves nothing about now");
  if (!rollout || rollout.phase === "Completed") return ignored(state, "no rollout is under way");
  const step = rollout.steps.find((one) => one.host === report.host);
  if (!step) return ignored(state, `${report.host} is not part of this rollout`);
  const judged = judgeReport(rollout, step, report);
  if ("ignored" in judged) return ignored(state, judged.ignored);
  const moved = { state: withStep(state, judged.step), effects: [] };
  const ordered = judged.goal ? order(moved, judged.step, judged.goal, at) : moved;
  return { ...advance(ordered, at), ignored: null };
}

function appeared(
  state: RolloutState,
  event: Extract<RolloutEvent, { type: "HostAppeared" }>,
): Reduction {
  const step = state.rollout?.steps.find((one) => one.host === event.host);
  if (state.rollout?.phase === "Completed" || !step?.goal) {
    return ignored(state, `nothing is desired of ${event.host}`);
  }
  if (hasEnded(step) && step.goal !== "revert") {
    return ignored(state, `the turn of ${event.host} is over`);
  }
  return { ...order({ state, effects: [] }, step, step.goal, event.at), ignored: null };
}

const changed = (state: RolloutState): Reduction => ({ state, effects: [], ignored: null });
const ignored = (state: RolloutState, why: string): Reduction => ({
  state,
  effects: [],
  ignored: why,
});
