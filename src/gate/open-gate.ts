import type { EpochMs, HostName } from "../contract/index.ts";
import type { GatePlan } from "./plan.ts";
import type { GateState, RowState, SourceState } from "./state.ts";

const SILENT: SourceState = {
  latest: null,
  lastValue: null,
  changedMs: null,
  before: [],
  knownAlerts: [],
  spokeBefore: false,
  baseline: null,
  streak: 0,
  failures: [],
  errors: 0,
  noDataMs: 0,
  evidence: [],
};

/** A gate that has heard nothing yet and listens. @param at now, Unix milliseconds */
export function openGate(plan: GatePlan, at: EpochMs): GateState {
  return {
    version: 1,
    plan,
    phase: "Listening",
    run: null,
    host: null,
    clock: at,
    elapsedMs: 0,
    lost: [],
    activatedAt: null,
    countsFromMs: null,
    healthyMs: 0,
    rows: plan.rows.map(({ sources, control }) => ({
      sources: sources.map(() => SILENT),
      control: control === null ? null : SILENT,
      nextAskMs: null,
    })),
    verdict: null,
  };
}

const mapSources = (state: GateState, change: (source: SourceState) => SourceState): RowState[] =>
  state.rows.map((row) => ({
    ...row,
    sources: row.sources.map(change),
    control: row.control === null ? null : change(row.control),
  }));

/** A new attempt: nothing that was counted for another one is left; what was heard before stays. */
export function beginRun(state: GateState, run: string, host: HostName): GateState {
  const { spokeBefore, baseline, streak, failures, errors, noDataMs, evidence } = SILENT;
  const fresh = { spokeBefore, baseline, streak, failures, errors, noDataMs, evidence };
  return {
    ...state,
    phase: "Listening",
    run,
    host,
    activatedAt: null,
    countsFromMs: null,
    healthyMs: 0,
    rows: mapSources(state, (source) => ({ ...source, ...fresh })).map((row) => ({
      ...row,
      nextAskMs: state.elapsedMs,
    })),
    verdict: null,
  };
}

/**
 * The activation is over: evidence begins `initialDelay` after it, and from nothing. The control
 * sensor is not touched by the deployment, so what it said last still stands.
 */
export function beginSoak(state: GateState, activatedAt: EpochMs): GateState {
  const sinceMs = Math.max(0, state.clock - activatedAt);
  const countsFromMs = state.elapsedMs + Math.max(0, state.plan.initialDelayMs - sinceMs);
  return {
    ...state,
    phase: "Soaking",
    activatedAt,
    countsFromMs,
    rows: state.rows.map((row) => ({
      ...row,
      sources: row.sources.map((source) => ({ ...source, latest: null, evidence: [] })),
      nextAskMs: countsFromMs,
    })),
  };
}
