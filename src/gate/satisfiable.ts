import { durationText } from "./durations.ts";
import { reportsEvery } from "./parse-row.ts";
import type { GatePlan, GateRow } from "./plan.ts";

/** Fewer say nothing about a sensor's own noise. */
export const MIN_BASELINE_SAMPLES = 3;

/** Topics that are published when a device comes or goes, and then only as a retained copy. */
const ONLY_ON_CHANGE = /\/(?:LWT|availability|online|bridge\/state)$/;

/** Why a gate could never pass, with the arithmetic; empty when it can. */
export const whyUnsatisfiable = (plan: GatePlan): readonly string[] =>
  plan.rows.flatMap((row) => rowFaults(plan, row).map((fault) => `${row.name}: ${fault}`));

function rowFaults(plan: GatePlan, row: GateRow): readonly string[] {
  const everyMs = reportsEvery(row);
  if (everyMs === 0) return ["the sensor reports every 0 s, which none does"];
  return [
    ...tooFewReadings(plan, everyMs),
    ...tooShortTimes(plan, row, everyMs),
    ...tooShortMemory(row, everyMs),
    ...neverFresh(row),
  ];
}

function tooFewReadings({ soakMs, consecutiveSuccess }: GatePlan, everyMs: number): string[] {
  const atMost = Math.floor(soakMs / everyMs);
  if (atMost >= consecutiveSuccess) return [];
  return [
    `needs ${consecutiveSuccess} fresh ${consecutiveSuccess === 1 ? "reading" : "readings"}, the sensor reports every ${durationText(everyMs)}, the soak is ${durationText(soakMs)}: at most ${atMost}`,
  ];
}

function tooShortTimes(plan: GatePlan, row: GateRow, everyMs: number): string[] {
  const faults: string[] = [];
  const every = `the sensor reports every ${durationText(everyMs)}`;
  if (row.expireAfterMs < everyMs) {
    faults.push(
      `a reading expires after ${durationText(row.expireAfterMs)}, ${every}: evidence is missing ${durationText(everyMs - row.expireAfterMs)} of each ${durationText(everyMs)}`,
    );
  }
  if (row.noDataLimitMs < everyMs) {
    faults.push(
      `silence counts after ${durationText(row.noDataLimitMs)}, ${every}: a living sensor is silent that long`,
    );
  }
  const neededMs = plan.initialDelayMs + everyMs + plan.soakMs;
  if (plan.timeoutMs < neededMs) {
    faults.push(
      `initial delay ${durationText(plan.initialDelayMs)} + first reading within ${durationText(everyMs)} + soak ${durationText(plan.soakMs)} = ${durationText(neededMs)}, the time-out is ${durationText(plan.timeoutMs)}`,
    );
  }
  return faults;
}

function tooShortMemory(
  { stuckAfterMs, baselineWindowMs, is }: GateRow,
  everyMs: number,
): string[] {
  const faults: string[] = [];
  const every = `the sensor reports every ${durationText(everyMs)}`;
  if (stuckAfterMs !== null && stuckAfterMs <= everyMs) {
    faults.push(
      `a value is stuck after ${durationText(stuckAfterMs)}, ${every}: each one would be`,
    );
  }
  const atMost =
    baselineWindowMs === null ? MIN_BASELINE_SAMPLES : Math.floor(baselineWindowMs / everyMs);
  if (atMost < MIN_BASELINE_SAMPLES && is !== "no-new-alert") {
    faults.push(
      `a baseline needs ${MIN_BASELINE_SAMPLES} readings, ${every}, its window is ${durationText(baselineWindowMs as number)}: at most ${atMost}`,
    );
  }
  return faults;
}

function neverFresh({ sources, ask, link }: GateRow): string[] {
  if (link === "prometheus" || ask !== null) return [];
  return sources
    .filter((source) => ONLY_ON_CHANGE.test(source))
    .map(
      (source) =>
        `${source} speaks only when the device comes or goes, and a retained copy is no evidence: at most 0 fresh readings; watch what the device reports regularly`,
    );
}
