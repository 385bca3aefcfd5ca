import type { EpochMs, HostName } from "../contract/index.ts";
import type { GatePlan, Link } from "./plan.ts";
import type { Evidence, Measurement, Reason, Verdict } from "./verdict.ts";

/**
 * `Listening` collects readings all the time; `Ready` has a frozen baseline and a passed preflight;
 * `Soaking` judges; `Closed` has its verdict (or was abandoned) and listens for the next run.
 */
export const GATE_PHASES = ["Listening", "Ready", "Soaking", "Closed"] as const;
export type GatePhase = (typeof GATE_PHASES)[number];

/** Robust: one open window must not move it. */
export interface Baseline {
  readonly median: number;
  /** 1.4826 x median absolute deviation: the sensor's own noise, in its units. */
  readonly spread: number;
  readonly count: number;
}

/** A reading's value as it is kept. Alerts keep their names. */
export type Value = number | boolean | readonly string[];

/** The newest live reading. */
export interface Latest {
  readonly at: EpochMs;
  readonly value: Value | null;
  readonly measurement: Measurement;
  readonly reason: Reason;
  /** Gate time at which it stops being fresh. */
  readonly freshUntilMs: number;
}

export interface SourceState {
  readonly latest: Latest | null;
  readonly lastValue: Value | null;
  /** Gate time of the last change of value; for `stuckAfterMs`. */
  readonly changedMs: number | null;
  /** [gate time, value] before the activation, oldest first; bounded. */
  readonly before: readonly (readonly [number, number])[];
  /** [gate time, alert] of those that fired before the activation; a known one is never new. */
  readonly knownAlerts: readonly (readonly [number, string])[];
  /** It was heard, fresh, before the activation: silence after it means something. */
  readonly spokeBefore: boolean;
  readonly baseline: Baseline | null;
  /** Successes in a row since the activation. */
  readonly streak: number;
  /** The last `failureWindow` measurements that were Successful (false) or Failed (true). */
  readonly failures: readonly boolean[];
  /** Unreadable payloads in a row. */
  readonly errors: number;
  /** Time without a fresh reading since the last one. */
  readonly noDataMs: number;
  readonly evidence: readonly Evidence[];
}

export interface RowState {
  readonly sources: readonly SourceState[];
  readonly control: SourceState | null;
  /** Gate time of the next request to report; null: none is due. */
  readonly nextAskMs: number | null;
}

/**
 * Plain JSON, so that soak and baseline survive a restart of the hub. Durations run on gate time: it
 * never goes back with the clock, and a gap in which the hub was down is charged to nobody.
 */
export interface GateState {
  readonly version: 1;
  readonly plan: GatePlan;
  readonly phase: GatePhase;
  readonly run: string | null;
  readonly host: HostName | null;
  /** The last event's time. */
  readonly clock: EpochMs;
  readonly elapsedMs: number;
  readonly lost: readonly Link[];
  readonly activatedAt: EpochMs | null;
  /** Gate time from which readings count as evidence. */
  readonly countsFromMs: number | null;
  /** Fresh healthy time of all rows together. */
  readonly healthyMs: number;
  readonly rows: readonly RowState[];
  readonly verdict: Verdict | null;
}
