import type { EpochMs } from "../contract/index.ts";
import { answerOf, type Comparison, type Finding, measure, shownIn } from "./measure.ts";
import { pick } from "./pick.ts";
import type { GatePlan, GateRow } from "./plan.ts";
import type { Decoded } from "./reading.ts";
import type { Latest, SourceState, Value } from "./state.ts";
import type { Evidence } from "./verdict.ts";

/** Readings kept for a baseline, whatever its window: a sensor every 15 s for three hours. */
const MAX_BEFORE = 720;
const MAX_EVIDENCE = 8;
/** A source's own clock may be ahead by this much; more, and its times say nothing. */
const MAX_SKEW_MS = 60_000;

/** When and under what circumstances something was heard. */
export interface Hearing {
  readonly plan: GatePlan;
  readonly row: GateRow;
  readonly source: string;
  readonly at: EpochMs;
  readonly elapsedMs: number;
  /** Null: before the activation. Then nothing counts towards success or failure. */
  readonly after: Comparison | null;
  readonly countsFromAt: number | null;
}

type Outcome = Finding & { readonly value: Value | null; readonly ageMs: number };

/** What a source knows after one payload; null: the payload has no news for it. */
export function hear(hearing: Hearing, source: SourceState, decoded: Decoded): SourceState | null {
  const outcome = judgePayload(hearing, source, decoded);
  return outcome === null ? null : recorded(hearing, source, outcome);
}

const without = (
  measurement: "NoData" | "Error",
  code: Finding["code"],
  text: string,
): Outcome => ({
  measurement,
  code,
  text,
  value: null,
  ageMs: 0,
});

function judgePayload(hearing: Hearing, source: SourceState, decoded: Decoded): Outcome | null {
  const { row } = hearing;
  const picked = pick(row, decoded);
  if (picked.kind === "no-news") return null;
  if (picked.kind === "absent") return without("NoData", "no-data", picked.shown);
  if (picked.kind === "unreadable") return without("Error", "unreadable", picked.shown);
  const value = answerOf(row.is, picked.reading);
  if (value === null) return without("NoData", "no-data", "it says that it has no value");
  const { measuredAt } = picked.reading;
  const untimely = measuredAt === undefined ? null : refuseTime(hearing, measuredAt);
  if (untimely !== null) return untimely;
  const stuck = stuckFor(hearing, source, value);
  if (stuck !== null) return stuck;
  const ageMs = Math.max(0, hearing.at - (measuredAt ?? hearing.at));
  return { ...measure(row, value, hearing.after), value, ageMs };
}

/** A source's own time decides where it has one: Prometheus may answer with an old value. */
function refuseTime({ row, at, countsFromAt }: Hearing, measuredAt: EpochMs): Outcome | null {
  if (measuredAt - at > MAX_SKEW_MS) {
    return without("Error", "unreadable", "its own clock is ahead of the hub's");
  }
  if (at - measuredAt >= row.expireAfterMs) return without("NoData", "no-data", "its value is old");
  if (countsFromAt !== null && measuredAt < countsFromAt) {
    return without("NoData", "no-data", "its value is from before the activation");
  }
  return null;
}

function stuckFor({ row, elapsedMs }: Hearing, source: SourceState, value: Value): Outcome | null {
  const { changedMs, lastValue } = source;
  if (row.stuckAfterMs === null || changedMs === null || !sameValue(lastValue, value)) return null;
  if (elapsedMs - changedMs <= row.stuckAfterMs) return null;
  return { ...without("NoData", "stuck", `${shownIn(row, value)}, unchanged`), value };
}

const sameValue = (one: Value | null, other: Value): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

function recorded(hearing: Hearing, source: SourceState, outcome: Outcome): SourceState {
  const { row, elapsedMs } = hearing;
  const { value, measurement } = outcome;
  const changed = value !== null && !sameValue(source.lastValue, value);
  const heard: SourceState = {
    ...source,
    latest: latestOf(hearing, outcome),
    lastValue: value ?? source.lastValue,
    changedMs:
      changed || (value !== null && source.changedMs === null) ? elapsedMs : source.changedMs,
    evidence: [...source.evidence, evidenceOf(hearing, outcome)].slice(-MAX_EVIDENCE),
  };
  if (hearing.after === null) return remembered(row, heard, value, elapsedMs);
  return counted(hearing.plan, heard, measurement);
}

function latestOf({ row, at, elapsedMs }: Hearing, outcome: Outcome): Latest {
  const { measurement, code, text, value, ageMs } = outcome;
  const isEvidence = measurement !== "NoData" && measurement !== "Error";
  const freshUntilMs = isEvidence ? elapsedMs + row.expireAfterMs - ageMs : elapsedMs;
  return { at, value, measurement, freshUntilMs, reason: { code, row: row.name, text } };
}

const evidenceOf = (
  { row, source, at }: Hearing,
  { measurement, text, value }: Outcome,
): Evidence => ({
  row: row.name,
  source,
  at,
  measurement,
  shown: value === null ? text : shownIn(row, value),
});

/** Before the activation a value is material for the baseline. */
function remembered(
  row: GateRow,
  source: SourceState,
  value: Value | null,
  elapsedMs: number,
): SourceState {
  const sinceMs = elapsedMs - (row.baselineWindowMs ?? 0);
  if (row.baselineWindowMs === null || value === null) return source;
  if (typeof value === "number") {
    const kept = source.before.filter(([ms]) => ms >= sinceMs);
    return { ...source, before: [...kept, [elapsedMs, value] as const].slice(-MAX_BEFORE) };
  }
  if (typeof value === "boolean") return source;
  const known = source.knownAlerts.filter(([ms, name]) => ms >= sinceMs && !value.includes(name));
  return { ...source, knownAlerts: [...known, ...value.map((name) => [elapsedMs, name] as const)] };
}

/** After it, every look counts: a success for the streak, a failure for the window. */
function counted(
  plan: GatePlan,
  source: SourceState,
  measurement: Latest["measurement"],
): SourceState {
  const failures =
    measurement === "Successful" || measurement === "Failed"
      ? [...source.failures, measurement === "Failed"].slice(-plan.failureWindow)
      : source.failures;
  const isEvidence = measurement !== "NoData" && measurement !== "Error";
  return {
    ...source,
    failures,
    streak: measurement === "Successful" ? source.streak + 1 : 0,
    errors: measurement === "Error" ? source.errors + 1 : 0,
    noDataMs: isEvidence ? 0 : source.noDataMs,
  };
}
