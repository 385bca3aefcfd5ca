import { type Hearing, hear } from "./hear.ts";
import type { Comparison } from "./measure.ts";
import type { GateRow } from "./plan.ts";
import { isFresh } from "./preflight.ts";
import type { Decoded } from "./reading.ts";
import type { GateState, RowState, SourceState } from "./state.ts";

type Read = (row: Pick<GateRow, "format" | "path">) => Decoded;

/** Gives one payload to every row and control sensor that names its source; null: nobody has news from it. */
export function heardFrom(state: GateState, source: string, read: Read): GateState | null {
  let news = false;
  const rows = state.plan.rows.map((row, index) => {
    const before = state.rows[index] as RowState;
    const now = rowHeard(state, row, before, source, read);
    news ||= now !== before;
    return now;
  });
  return news ? { ...state, rows } : null;
}

function rowHeard(
  state: GateState,
  row: GateRow,
  now: RowState,
  source: string,
  read: Read,
): RowState {
  const control = controlHeard(state, row, now, source, read);
  const index = row.sources.indexOf(source);
  const own = now.sources[index];
  const withControl = control === now.control ? now : { ...now, control };
  if (own === undefined) return withControl;
  const after = state.phase === "Soaking" ? comparisonOf(state, own, control) : null;
  const heard = hear({ ...circumstances(state, row), source, after }, own, read(row));
  if (heard === null) return withControl;
  return { ...withControl, sources: now.sources.with(index, heard) };
}

const circumstances = (state: GateState, row: GateRow): Omit<Hearing, "source" | "after"> => ({
  plan: state.plan,
  row,
  at: state.clock,
  elapsedMs: state.elapsedMs,
  countsFromAt: state.activatedAt === null ? null : state.activatedAt + state.plan.initialDelayMs,
});

/** A control sensor is heard like a source without any demand, before and after the activation. */
function controlHeard(
  state: GateState,
  row: GateRow,
  { control }: RowState,
  source: string,
  read: Read,
): SourceState | null {
  if (control === null || row.control === null || !row.control.sources.includes(source)) {
    return control;
  }
  const asRow: GateRow = { ...row, ...row.control, is: "steady", limit: null };
  const hearing = { ...circumstances(state, asRow), source, after: null };
  return hear(hearing, control, read(row.control)) ?? control;
}

function comparisonOf(
  state: GateState,
  source: SourceState,
  control: SourceState | null,
): Comparison {
  return {
    baseline: source.baseline,
    controlChange: control === null ? null : changeOf(control, state.elapsedMs),
    knownAlerts: source.knownAlerts.map(([, name]) => name),
  };
}

function changeOf(control: SourceState, elapsedMs: number): number | null {
  const value = control.latest?.value;
  if (typeof value !== "number" || control.baseline === null || !isFresh(control, elapsedMs)) {
    return null;
  }
  return value - control.baseline.median;
}
