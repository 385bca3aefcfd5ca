import type { EpochMs } from "../contract/index.ts";
import type { RolloutState } from "./rollout-state.ts";

/** When those may begin that wait for their time of day; null when nobody does, or nobody knows. */
export function opensAt({ window, groupWindows, rollout }: RolloutState): EpochMs | null {
  const pause = rollout?.paused.find(({ condition }) => condition === "OutsideWindow");
  const why = pause?.why;
  if (why?.code !== "outside-group-window" && why?.code !== "group-window-never") {
    return window.opensAt;
  }
  const group = rollout?.plan.groups.findIndex(({ name }) => name === why.group);
  return groupWindows.find((one) => one.group === group)?.opensAt ?? null;
}
