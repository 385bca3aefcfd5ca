import type { EpochMs } from "../contract/index.ts";
import type { GateState, Measurement, SourceState } from "../gate/index.ts";

/** One reading of one source, as a plot needs it: a switch is 0 or 1, alerts are counted. */
export interface TracePoint {
  readonly at: EpochMs;
  readonly value: number;
  /** Null: from before this hub began, and kept for the baseline. */
  readonly measurement: Measurement | null;
}

/** What a gate heard lately, and how it stands; in memory alone, for people who look. */
export interface GateTrace {
  /** As it was opened. */
  readonly name: string;
  /** Of the run that began last, or of nobody. */
  readonly state: GateState;
  /** The last state that belonged to a run, which `state` forgets when the attempt is over; null before the first. */
  readonly lastRun: GateState | null;
  /** By row, then by source, as the plan has them; each oldest first. */
  readonly points: readonly (readonly (readonly TracePoint[])[])[];
}

/** Enough for a plot as wide as a screen, of a few hours at a sensor's usual pace. */
const MOST_POINTS = 480;

/**
 * Keeps a bounded trace of what a gate heard. The gate itself keeps only what it judges by; when a source has said
 * more than fits, every second reading of its older half goes.
 */
export class SeatTrace {
  #lastRun: GateState | null = null;
  readonly #points: TracePoint[][][];

  constructor(state: GateState) {
    this.#points = state.rows.map(({ sources }) => sources.map((one) => fromBefore(state, one)));
    this.note(state);
  }

  note(state: GateState): void {
    if (state.run !== null) this.#lastRun = state;
    for (const [row, { sources }] of state.rows.entries()) {
      for (const [at, source] of sources.entries()) this.#noteLatest(row, at, source);
    }
  }

  shown(name: string, state: GateState): GateTrace {
    return { name, state, lastRun: this.#lastRun, points: this.#points };
  }

  #noteLatest(row: number, position: number, { latest }: SourceState): void {
    const sources = this.#points[row];
    const before = sources?.[position];
    const value = latest === null ? null : plotted(latest.value);
    if (latest === null || value === null || !sources || !before) return;
    const point = { at: latest.at, value, measurement: latest.measurement };
    const last = before.at(-1);
    if (last && last.at === point.at) {
      if (last.measurement !== point.measurement)
        sources[position] = [...before.slice(0, -1), point];
      return;
    }
    // A clock that was set back begins anew: a plot's time only rises.
    const kept = last && last.at > point.at ? [] : before;
    sources[position] = thinned([...kept, point]);
  }
}

function thinned(points: TracePoint[]): TracePoint[] {
  if (points.length <= MOST_POINTS) return points;
  return points.filter((_, at) => at >= MOST_POINTS / 2 || at % 2 === 1);
}

function plotted(value: number | boolean | readonly string[] | null): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "object" ? (value?.length ?? null) : value;
}

/** A hub that has restarted still has the readings that its baseline is made of. */
const fromBefore = ({ clock, elapsedMs }: GateState, { before }: SourceState): TracePoint[] =>
  before.slice(-MOST_POINTS).map(([heardMs, value]) => ({
    at: (clock - (elapsedMs - heardMs)) as EpochMs,
    value,
    measurement: null,
  }));
