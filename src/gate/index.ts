export { decode } from "./decode.ts";
export { parseJsonPath, valueAt } from "./decoders/json-path.ts";
export { describeGate, type GateDescription } from "./describe.ts";
export type { GateEffect, GateEvent } from "./event.ts";
export { MAX_GAP_MS, TICK_EVERY_MS } from "./gate-time.ts";
export { openGate } from "./open-gate.ts";
export { parsePlan } from "./parse-plan.ts";
export { parseGateState } from "./parse-state.ts";
export {
  type AskNow,
  type Control,
  DEMANDS,
  type Demand,
  type GatePlan,
  type GateRow,
  LINKS,
  type Link,
} from "./plan.ts";
export { type Decoded, FORMATS, type Format, type Reading } from "./reading.ts";
export { type GateStep, reduceGate } from "./reduce.ts";
export {
  type Baseline,
  GATE_PHASES,
  type GatePhase,
  type GateState,
  type RowState,
  type SourceState,
} from "./state.ts";
export {
  type Evidence,
  MEASUREMENTS,
  type Measurement,
  REASONS,
  type Reason,
  type ReasonCode,
  VERDICTS,
  type Verdict,
  type VerdictStatus,
} from "./verdict.ts";
