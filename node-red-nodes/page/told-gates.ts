import type { Conductor, GateTrace, TracePoint } from "../../src/conductor/index.ts";
import type { EpochMs } from "../../src/contract/index.ts";
import type { GateRow, GateState, SourceState } from "../../src/gate/index.ts";
import { type Home, verdictText } from "../../src/people/index.ts";
import { gateStatus } from "../gate/gate-status.ts";

/** How far each source has been told: points before it are on the page already. */
export type ToldUntil = Map<string, EpochMs>;

/**
 * The gates for a plot: what each source said since it was told last, where its limits lie, what was usual before,
 * when the host activated, and the verdict.
 * @param until is moved on
 * @param titleOf what people call a gate
 */
export const toldGates = (
  conductor: Pick<Conductor, "gates">,
  home: Home,
  until: ToldUntil,
  titleOf: (name: string) => string,
) => conductor.gates().map((trace) => toldGate(trace, home, until, titleOf(trace.name)));

function toldGate(trace: GateTrace, home: Home, until: ToldUntil, title: string) {
  const { name, state, points } = trace;
  const shown = state.run === null ? (trace.lastRun ?? state) : state;
  return {
    ...{ id: name, title },
    isJudging: state.run !== null && state.verdict === null,
    status: gateStatus(state, home.language).text,
    ...runOf(shown, home),
    rows: state.plan.rows.map((row, at) => ({
      ...rowOf(row),
      sources: row.sources.map((source, position) => ({
        source,
        ...bandsOf(row, shown.rows[at]?.sources[position]),
        points: newPoints(points[at]?.[position] ?? [], `${name} ${at} ${source}`, until),
      })),
    })),
  };
}

const runOf = ({ host, activatedAt, phase, verdict, healthyMs, plan }: GateState, home: Home) => ({
  ...{ host, activatedAt, phase },
  percent: Math.min(100, Math.floor((100 * healthyMs) / Math.max(1, plan.soakMs))),
  verdict: verdict && {
    ...{ status: verdict.status, at: verdict.at, row: verdict.reason.row },
    text: verdictText(verdict, home.language),
  },
});

function rowOf({ name, is, limit, unit, format }: GateRow) {
  const isLower = is === "above" || is === "at-least";
  const isUpper = is === "below" || is === "at-most";
  return {
    ...{ name, is, limit, unit, format },
    low: isLower ? limit : null,
    high: isUpper ? limit : null,
  };
}

/** What was usual before the activation, and how far from it a reading may move. */
function bandsOf(row: GateRow, source: SourceState | undefined) {
  const baseline = source?.baseline ?? null;
  if (baseline === null) return { usual: null, allowed: null };
  const { median, spread } = baseline;
  const { allowedDecrease: down, allowedIncrease: up } = row;
  return {
    usual: { median, from: median - spread, to: median + spread },
    allowed:
      down === null && up === null
        ? null
        : { from: down === null ? null : median - down, to: up === null ? null : median + up },
  };
}

/** `[at, value, whether it failed]`, small: they are sent each second. */
function newPoints(points: readonly TracePoint[], key: string, until: ToldUntil) {
  const last = points.at(-1)?.at;
  const from = until.get(key);
  if (last === undefined) return [];
  until.set(key, last);
  // After a clock that was set back all of them are new.
  const isNew = from === undefined || last < from ? () => true : ({ at }: TracePoint) => at > from;
  return points
    .filter(isNew)
    .map(({ at, value, measurement }) => [at, value, measurement === "Failed" ? 1 : 0] as const);
}
