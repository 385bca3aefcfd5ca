import { durationText } from "./durations.ts";
import { type GatePlan, type GateRow, isCarriedBy } from "./plan.ts";
import { isFresh } from "./preflight.ts";
import type { GateState, Latest, RowState, SourceState } from "./state.ts";
import type { Evidence, Reason, ReasonCode, VerdictStatus } from "./verdict.ts";

export interface Ruling {
  readonly status: VerdictStatus;
  readonly reason: Reason;
}

const ruling = (status: VerdictStatus, code: ReasonCode, row: string, text: string): Ruling => ({
  status,
  reason: { code, row, text },
});

/** Worst first: a failure in one row is not softened by silence in another. */
const ORDER: readonly VerdictStatus[] = ["Failed", "Error", "Inconclusive"];

/** The end of a soak, or null while it is open. Only fresh evidence after the activation can pass. */
export function judge(state: GateState, countsFromMs: number): Ruling | null {
  if (state.elapsedMs < countsFromMs) return null;
  const rows = state.plan.rows.map((row, index) => ({ row, now: state.rows[index] as RowState }));
  const ends = rows.flatMap(({ row, now }) => rowEnd(state, row, now) ?? []);
  const [worst] = ends.toSorted(
    (one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status),
  );
  if (worst !== undefined) return worst;
  const passes = rows.every(({ row, now }) => rowPasses(state, row, now));
  if (passes && state.healthyMs >= state.plan.soakMs) return soaked(state);
  const openMs = state.elapsedMs - countsFromMs + state.plan.initialDelayMs;
  return openMs >= state.plan.timeoutMs ? timedOut(state, rows) : null;
}

function soaked({ plan }: GateState): Ruling {
  const text = `healthy for ${durationText(plan.soakMs)}, the last ${plan.consecutiveSuccess} readings of each row too`;
  return ruling("Successful", "soaked", "", text);
}

function rowPasses({ plan, elapsedMs }: GateState, row: GateRow, { sources }: RowState): boolean {
  const healthy = sources.filter(
    (source) => isFresh(source, elapsedMs) && source.streak >= plan.consecutiveSuccess,
  );
  return healthy.length >= row.quorum;
}

const hasFailed = (plan: GatePlan, { failures }: SourceState): boolean =>
  failures.filter((failed) => failed).length >= plan.failureCount;

/** A row ends when more of its sources are out than its quorum can spare. */
function rowEnd({ plan, host }: GateState, row: GateRow, { sources }: RowState): Ruling | null {
  const spare = row.sources.length - row.quorum;
  const failed = sources.filter((source) => hasFailed(plan, source));
  if (failed.length > spare) return failure(plan, row, failed);
  const silent = sources.filter(({ noDataMs }) => noDataMs > row.noDataLimitMs);
  const broken = sources.filter((source) => isBroken(plan, source, silent.includes(source)));
  const out = new Set([...failed, ...silent, ...broken]);
  if (out.size <= spare) return null;
  const spoke = silent.filter(({ spokeBefore }) => spokeBefore);
  if (isCarriedBy(row, host) && spoke.length > 0)
    return silence("Failed", "evidence-lost", row, spoke);
  if (broken.length > 0) return unreadable(row, broken);
  return silence("Inconclusive", "no-data", row, silent);
}

/** Silent because nothing it says can be read is another matter than silent. */
const isBroken = (plan: GatePlan, { errors, latest }: SourceState, isSilent: boolean): boolean =>
  errors >= plan.errorLimit || (isSilent && latest?.measurement === "Error");

function failure(plan: GatePlan, row: GateRow, failed: readonly SourceState[]): Ruling {
  const failing = failed.find(({ latest }) => latest?.measurement === "Failed") as SourceState;
  const { code, text } = (failing.latest as Latest).reason; // a failure is what brings the end
  const count = `${plan.failureCount} of the last ${plan.failureWindow} readings failed`;
  return ruling("Failed", code, row.name, `${text}; ${count}`);
}

function silence(
  status: VerdictStatus,
  code: ReasonCode,
  row: GateRow,
  silent: readonly SourceState[],
): Ruling {
  const stuck = silent.some(({ latest }) => latest?.reason.code === "stuck");
  const text = `no fresh reading for ${durationText(row.noDataLimitMs)}`;
  if (code === "evidence-lost") {
    return ruling(status, code, row.name, `${text}, and the deployed host carries it`);
  }
  return stuck
    ? ruling(
        status,
        "stuck",
        row.name,
        "the value has not moved for longer than a living sensor's does",
      )
    : ruling(status, code, row.name, text);
}

const isError = ({ measurement }: Evidence): boolean => measurement === "Error";

function unreadable(row: GateRow, broken: readonly SourceState[]): Ruling {
  const [first] = broken.flatMap(({ evidence }) => evidence.filter(isError).slice(-1));
  return ruling("Error", "unreadable", row.name, (first as Evidence).shown);
}

function timedOut(
  { plan, healthyMs }: GateState,
  rows: readonly { readonly row: GateRow; readonly now: RowState }[],
): Ruling {
  const flapping = rows.find(
    ({ row, now }) =>
      now.sources.filter(({ failures }) => failures.includes(true)).length >
      row.sources.length - row.quorum,
  );
  const so = `${durationText(healthyMs)} of ${durationText(plan.soakMs)} healthy after ${durationText(plan.timeoutMs)}`;
  return flapping === undefined
    ? ruling("Inconclusive", "timed-out", "", so)
    : ruling("Failed", "flapping", flapping.row.name, `good and bad by turns: ${so}`);
}
