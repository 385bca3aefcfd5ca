/** The gate under names that do not clash with the rollout's. */
export {
  type GateEvent,
  type GatePlan,
  type GateState,
  openGate,
  parseGateState,
  parsePlan as parseGatePlan,
  reduceGate,
  type Verdict,
} from "../../src/gate/index.ts";
