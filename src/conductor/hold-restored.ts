import { type EpochMs, parseHoldSource } from "../contract/index.ts";
import { type RolloutEvent, type RolloutState, reduce } from "../rollout/index.ts";
import { forgetRestored, isRestored } from "../store/index.ts";
import type { HubStore } from "./hub-store.ts";

const RESTORED = parseHoldSource("restored");

/**
 * A journal out of a backup would begin again what somebody stopped since, and forgets who held: nothing new begins
 * before a person has looked (docs/recovery.md). The hold has no end of its own. What hosts have committed needs none of
 * it: their own serials and closed attempts refuse everything older.
 * @throws NixwaveError hub-state-failed
 */
export function holdIfRestored(
  store: Pick<HubStore, "append">,
  folder: string,
  state: RolloutState,
  at: EpochMs,
): RolloutState {
  if (!isRestored(folder)) return state;
  const hold: RolloutEvent = { type: "HoldSet", at, source: RESTORED, host: null, duration: null };
  const held = reduce(state, hold);
  if (held.ignored === null) store.append([hold]);
  forgetRestored(folder); // killed before this it holds once more, which changes nothing
  return held.state;
}
