import { ContractError, type EpochMs, parseHostName } from "../contract/index.ts";
import { parsePlan } from "./parse-plan.ts";
import { LINKS } from "./plan.ts";
import {
  finiteNumber,
  flag,
  listOf,
  objectOf,
  oneOf,
  orNull,
  pairOf,
  type Shape,
  text,
  unreadable,
  whole,
} from "./shape.ts";
import {
  type Baseline,
  GATE_PHASES,
  type GateState,
  type Latest,
  type RowState,
  type SourceState,
  type Value,
} from "./state.ts";
import {
  type Evidence,
  MEASUREMENTS,
  REASONS,
  type Reason,
  VERDICTS,
  type Verdict,
} from "./verdict.ts";

const epochMs = whole<EpochMs>();
const elapsedMs = whole();
const count = whole();

/** Another parser's refusal, told as what it means here. */
const through =
  <T>(parse: (value: unknown) => T): Shape<T> =>
  (value, where) => {
    try {
      return parse(value);
    } catch (cause) {
      throw new ContractError("gate-state-unreadable", `${where}: ${(cause as Error).message}`, {
        where,
        cause,
      });
    }
  };

const hostName = through((value) => parseHostName(String(value)));
const value: Shape<Value> = (item, where) => {
  if (Array.isArray(item)) return listOf(text)(item, where);
  return typeof item === "boolean" ? item : finiteNumber(item, where);
};

const measurement = oneOf(...MEASUREMENTS);
const reason = objectOf<Reason>({ code: oneOf(...REASONS), row: text, text });
const evidence = objectOf<Evidence>({
  row: text,
  source: text,
  at: epochMs,
  measurement,
  shown: text,
});
const latest = objectOf<Latest>({
  at: epochMs,
  value: orNull(value),
  measurement,
  reason,
  freshUntilMs: finiteNumber,
});
const baseline = objectOf<Baseline>({ median: finiteNumber, spread: finiteNumber, count });

const source = objectOf<SourceState>({
  latest: orNull(latest),
  lastValue: orNull(value),
  changedMs: orNull(elapsedMs),
  before: listOf(pairOf(elapsedMs, finiteNumber)),
  knownAlerts: listOf(pairOf(elapsedMs, text)),
  spokeBefore: flag,
  baseline: orNull(baseline),
  streak: count,
  failures: listOf(flag),
  errors: count,
  noDataMs: elapsedMs,
  evidence: listOf(evidence),
});

const row = objectOf<RowState>({
  sources: listOf(source),
  control: orNull(source),
  nextAskMs: orNull(elapsedMs),
});

const verdict = objectOf<Verdict>({
  run: text,
  host: orNull(hostName),
  status: oneOf(...VERDICTS),
  reason,
  samples: listOf(evidence),
  at: epochMs,
  binding: flag,
  onInconclusive: oneOf("pause", "revert"),
});

const state = objectOf<GateState>({
  version: oneOf(1),
  plan: through(parsePlan),
  phase: oneOf(...GATE_PHASES),
  run: orNull(text),
  host: orNull(hostName),
  clock: epochMs,
  elapsedMs,
  lost: listOf(oneOf(...LINKS)),
  activatedAt: orNull(epochMs),
  countsFromMs: orNull(elapsedMs),
  healthyMs: elapsedMs,
  rows: listOf(row),
  verdict: orNull(verdict),
});

/**
 * A gate's state as it was kept. After it, send a first event with the time of now: the gap in which
 * the hub was down makes everything heard before it stale; baseline and soak progress stand.
 * @throws ContractError gate-state-unreadable, with the place
 */
export function parseGateState(json: unknown): GateState {
  const kept = state(json, "");
  if (kept.phase === "Soaking" && (kept.countsFromMs === null || kept.run === null)) {
    throw unreadable("/countsFromMs", "the begin of the soak", kept.countsFromMs);
  }
  const fits = (one: RowState, index: number): boolean =>
    one.sources.length === kept.plan.rows[index]?.sources.length &&
    (one.control === null) === (kept.plan.rows[index].control === null);
  if (kept.rows.length !== kept.plan.rows.length || !kept.rows.every(fits)) {
    throw unreadable("/rows", "one entry for each row of the plan", kept.rows.length);
  }
  return kept;
}
