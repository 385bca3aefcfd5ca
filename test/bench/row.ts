import type { Spread } from "./measure.ts";

/** What one comparison came to: both sides in words, and the ratio that is held against the goal. */
export interface Measured {
  readonly ours: string;
  readonly peer: string;
  readonly ratio: Spread;
  /** A second figure, such as a p99; held against `alsoGoal` where there is one. */
  readonly also?: { readonly text: string; readonly met: boolean };
}

/** Tells what is going on during a long measurement; shown on a terminal only. */
export type Tell = (text: string) => void;

/** One line of the result, before it is measured: what is compared, and the goal it is held against. */
export interface Comparison {
  readonly about: string;
  /** The ratio's median must not exceed this; undefined where none was set. */
  readonly goal?: number;
  /** The bound of `Measured.also`, in words. */
  readonly alsoGoal?: string;
  readonly measure: (tell: Tell) => Promise<Measured>;
}

export type Comparisons = Readonly<Record<string, Comparison>>;

export const isMet = ({ goal, alsoGoal }: Comparison, { ratio, also }: Measured): boolean =>
  (goal === undefined || ratio.median <= goal) && (alsoGoal === undefined || also?.met === true);

export const goalsOf = ({ goal, alsoGoal }: Comparison): string =>
  [goal === undefined ? [] : `ratio <= ${goal}`, alsoGoal ?? []].flat().join(", ") || "no goal";

export function renderRow(comparison: Comparison, measured: Measured): string {
  const { ours, peer, ratio, also } = measured;
  const goals = goalsOf(comparison);
  const verdict = isMet(comparison, measured) ? "met" : "MISSED";
  return [
    comparison.about,
    ours,
    peer,
    ...(also ? [also.text] : []),
    `ratio ${spreadOf(ratio, 2)}; ${goals === "no goal" ? goals : `goal ${goals}: ${verdict}`}`,
  ].join("\n    ");
}

export const spreadUs = (spread: Spread): string => `${spreadOf(spread, 1)} us`;
export const spreadMs = (spread: Spread): string => `${spreadOf(spread, 1)} ms`;

const spreadOf = ({ median, min, max }: Spread, digits: number): string =>
  `${median.toFixed(digits)} [${min.toFixed(digits)}-${max.toFixed(digits)}]`;
