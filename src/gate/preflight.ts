import { baselineOf } from "./baseline.ts";
import type { GateRow } from "./plan.ts";
import { MIN_BASELINE_SAMPLES } from "./satisfiable.ts";
import type { GateState, RowState, SourceState } from "./state.ts";
import type { Reason } from "./verdict.ts";

/** Freezes what "before" means for this run: baselines, and who was heard at all. */
export function freeze(state: GateState): GateState {
  return {
    ...state,
    rows: state.rows.map((row, index) => {
      const { baselineWindowMs } = state.plan.rows[index] as GateRow;
      const sinceMs = state.elapsedMs - (baselineWindowMs ?? 0);
      const frozen = (source: SourceState): SourceState => ({
        ...source,
        spokeBefore: isFresh(source, state.elapsedMs),
        baseline: baselineOf(
          source.before.filter(([ms]) => ms >= sinceMs).map(([, value]) => value),
        ),
      });
      return {
        ...row,
        sources: row.sources.map(frozen),
        control: row.control === null ? null : frozen(row.control),
      };
    }),
  };
}

export const isFresh = ({ latest }: SourceState, elapsedMs: number): boolean =>
  latest !== null && latest.freshUntilMs > elapsedMs;

/**
 * Why the house is not healthy before the activation, or null. An old fault must neither be blamed on
 * a deployment nor hidden by it, and a silent sensor is not a healthy one. `state` is frozen.
 */
export function preflightFault(state: GateState): Reason | null {
  for (const [index, row] of state.plan.rows.entries()) {
    const fault = rowFault(row, state.rows[index] as RowState, state.elapsedMs);
    if (fault !== null) return { ...fault, row: row.name };
  }
  return null;
}

type Fault = Omit<Reason, "row">;

function rowFault(row: GateRow, { sources, control }: RowState, elapsedMs: number): Fault | null {
  const faults = sources
    .map((source) => sourceFault(row, source, elapsedMs))
    .filter((fault) => fault !== null);
  const [first] = faults;
  if (first !== undefined && sources.length - faults.length < row.quorum) return first;
  if (control !== null && control.baseline === null) {
    return tooFew("its control sensor", control);
  }
  return null;
}

function sourceFault(row: GateRow, source: SourceState, elapsedMs: number): Fault | null {
  const { latest } = source;
  if (latest === null) return { code: "no-data", text: "no live reading before the activation" };
  const { code, text } = latest.reason;
  if (latest.measurement !== "Successful")
    return { code, text: `before the activation already: ${text}` };
  if (latest.freshUntilMs <= elapsedMs) {
    return { code: "no-data", text: "the last reading before the activation had expired" };
  }
  const compares = row.allowedIncrease !== null || row.allowedDecrease !== null;
  return compares && source.baseline === null ? tooFew("it", source) : null;
}

const tooFew = (who: string, { before }: SourceState): Fault => ({
  code: "too-few-readings",
  text: `${who} has ${before.length} readings before the activation, a baseline needs ${MIN_BASELINE_SAMPLES}`,
});
