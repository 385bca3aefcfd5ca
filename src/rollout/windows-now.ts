import type { EpochMs } from "../contract/index.ts";
import type { Plan } from "./plan.ts";
import type { RolloutState } from "./rollout-state.ts";
import type { Turn } from "./turn.ts";
import { windowAt } from "./window.ts";

type WindowsNow = Pick<RolloutState, "window" | "groupWindows">;

/** The plan's own times, and those of the groups that have some, as they stand at `at`. */
export function windowsAt({ windows, groups, soak }: Plan, at: EpochMs): WindowsNow {
  return {
    window: windowAt(windows, at, soak),
    groupWindows: groups.flatMap((one, group) =>
      one.windows === null ? [] : [{ group, ...windowAt(one.windows, at, soak) }],
    ),
  };
}

export const tendWindows = (turn: Turn): void => turn.set(windowsAt(turn.plan, turn.at));

/** Past an edge, or when the clock went back. */
export function tendEdges(turn: Turn): void {
  const { window, groupWindows } = turn.state;
  const isDue = turn.at < window.from || turn.at >= nextEdge({ window, groupWindows });
  if (isDue) tendWindows(turn);
}

/** When any of them opens or closes next; Infinity for never. */
export const nextEdge = ({ window, groupWindows }: WindowsNow): number =>
  groupWindows.reduce(
    (first, { changesAt }) => Math.min(first, changesAt ?? Infinity),
    window.changesAt ?? Infinity,
  );

/** Whether trials begin at the same times by both. */
export const haveSameTimes = (one: Plan, other: Plan): boolean => timesOf(one) === timesOf(other);

const timesOf = ({ windows, groups, soak }: Plan): string =>
  JSON.stringify([soak, windows, groups.map((group) => group.windows)]);
