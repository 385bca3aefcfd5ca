import type { EpochMs } from "../contract/index.ts";
import { type GateRow, isCarriedBy } from "./plan.ts";
import type { GateState, RowState, SourceState } from "./state.ts";

/** The shell ticks at least this often. */
export const TICK_EVERY_MS = 15_000;
/**
 * Nothing heard for longer (not even a tick): the hub was down, or its clock jumped. Such a gap is
 * charged to nobody, and what was known before it is no longer fresh.
 */
export const MAX_GAP_MS = 120_000;

/** A row's sources that are fresh and healthy, by the gate time at which they stop being so. */
const healthyUntil = (row: RowState, quorum: number): number =>
  row.sources
    .map(({ latest }) => (latest?.measurement === "Successful" ? latest.freshUntilMs : 0))
    .toSorted((one, other) => other - one)[quorum - 1] as number;

/** The gate time until which every row stays healthy if nothing more is heard. */
const allHealthyUntil = (state: GateState): number =>
  Math.min(
    ...state.plan.rows.map(({ quorum }, index) =>
      healthyUntil(state.rows[index] as RowState, quorum),
    ),
  );

/** Forgets what was heard last, for the sources that `wasLost` names; soak, baseline and counts stay. */
export function forgetLatest(
  state: GateState,
  wasLost: (link: GateState["lost"][number]) => boolean,
): GateState {
  const forget = (source: SourceState): SourceState => ({
    ...source,
    latest: null,
    changedMs: null,
  });
  return {
    ...state,
    rows: state.rows.map((row, index) => {
      const { link, control } = state.plan.rows[index] as GateState["plan"]["rows"][number];
      const sources = wasLost(link) ? row.sources.map(forget) : row.sources;
      const forgetsControl = row.control !== null && control !== null && wasLost(control.link);
      return { ...row, sources, control: forgetsControl ? forget(row.control) : row.control };
    }),
  };
}

/** Lets time pass: soak time grows while every row is healthy, silence grows for each source without a fresh reading. */
export function advance(state: GateState, at: EpochMs): GateState {
  const stepMs = Math.max(0, at - state.clock);
  if (stepMs > MAX_GAP_MS) return { ...forgetLatest(state, () => true), clock: at };
  const elapsedMs = state.elapsedMs + stepMs;
  const moved = { ...state, clock: at, elapsedMs };
  if (state.countsFromMs === null || state.phase !== "Soaking") return moved;
  const fromMs = Math.max(state.elapsedMs, state.countsFromMs);
  const healthyMs = Math.max(0, Math.min(elapsedMs, allHealthyUntil(state)) - fromMs);
  return {
    ...moved,
    healthyMs: state.healthyMs + healthyMs,
    rows: state.rows.map((row, index) => {
      if (isCutOff(state, state.plan.rows[index] as GateRow)) return row;
      return { ...row, sources: row.sources.map((one) => withSilence(one, fromMs, elapsedMs)) };
    }),
  };
}

/**
 * Without its broker the hub hears nobody: that is no sensor's silence, unless the deployed host carries the row. A
 * Prometheus that does not answer is silent itself, as a sensor is. The gate's timeout bounds both.
 */
const isCutOff = ({ lost, host }: GateState, row: GateRow): boolean =>
  row.link === "broker" && lost.includes("broker") && !isCarriedBy(row, host);

function withSilence(source: SourceState, fromMs: number, toMs: number): SourceState {
  const silentMs = toMs - Math.max(fromMs, source.latest?.freshUntilMs ?? 0);
  return silentMs > 0 ? { ...source, noDataMs: source.noDataMs + silentMs } : source;
}
