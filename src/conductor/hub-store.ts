import type { RolloutEvent, RolloutState } from "../rollout/index.ts";
import type { Store } from "../store/index.ts";
import type { PastRollout } from "./conductor.ts";

/** The hub's journal. */
export type HubStore = Store<RolloutState, RolloutEvent, PastRollout>;
