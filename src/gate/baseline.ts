import { MIN_BASELINE_SAMPLES } from "./satisfiable.ts";
import type { Baseline } from "./state.ts";

/** Makes the median absolute deviation comparable with a standard deviation of normal noise. */
const MAD_TO_DEVIATION = 1.4826;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Median and spread, or null when there are too few readings to say anything. */
export function baselineOf(values: readonly number[]): Baseline | null {
  if (values.length < MIN_BASELINE_SAMPLES) return null;
  const middle = median(values);
  const deviation = median(values.map((value) => Math.abs(value - middle)));
  return { median: middle, spread: MAD_TO_DEVIATION * deviation, count: values.length };
}
