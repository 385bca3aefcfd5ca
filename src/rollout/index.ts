export { asksApproval, asksReboot } from "./asks.ts";
export { nextWakeAt } from "./clock.ts";
export { type Described, describe } from "./describe.ts";
export { type Announcement, EFFECT_TYPES, type RolloutEffect } from "./effect.ts";
export {
  EVENT_TYPES,
  type HostReport,
  type OfferedHost,
  type OfferedRelease,
  type RolloutEvent,
  type RolloutEventType,
  type StepKey,
} from "./event.ts";
export { entriesOf, entryAt, type HostTree, positionOf } from "./host-tree.ts";
export { opensAt } from "./opens-at.ts";
export { parsePlan } from "./parse-plan.ts";
export { parseState } from "./parse-state.ts";
export { plainReason, readReason } from "./plain-reason.ts";
export type { Group, Plan, PlannedHost, Window, Windows } from "./plan.ts";
export { paramsOf, REASONS, type Reason, type ReasonCode } from "./reason.ts";
export { newRolloutState, type Reduction, reduce } from "./reduce.ts";
export { type RolloutNow, rolloutNow, statusOf } from "./rollout-now.ts";
export type {
  Closure,
  Hold,
  HostEntry,
  HostStep,
  Pause,
  PendingRelease,
  Rollout,
  RolloutState,
} from "./rollout-state.ts";
export { type ShownStep, stepsOf } from "./shown-steps.ts";
export { type Standing, standing } from "./standing.ts";
export { windowAt } from "./window.ts";
export {
  COMPLETIONS,
  type Completion,
  END_STATES,
  type EndState,
  GATE_PLACES,
  type GatePlace,
  type GateVerdict,
  type Goal,
  HOST_STATES,
  type HostState,
  isBad,
  isEnd,
  isTrial,
  OPEN_STATES,
  type OpenState,
  PAUSE_CONDITIONS,
  type PauseCondition,
  ROLLOUT_PHASES,
  type RolloutPhase,
  VERDICTS,
} from "./words.ts";
export { zoneExists } from "./zone-time.ts";
