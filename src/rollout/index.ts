export { describe, statusOf } from "./describe.ts";
export { reduce } from "./reduce.ts";
export {
  type Goal,
  type HostReport,
  type HostState,
  type HostStep,
  newRolloutState,
  type OfferedRelease,
  type Reduction,
  type Rollout,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutState,
} from "./state.ts";
