import type { Spread } from "./measure.ts";

/** One line of the result: what was compared, the ratio, and the goal it is held against. */
export interface Row {
  readonly name: string;
  readonly ours: string;
  readonly peer: string;
  readonly ratio: Spread;
  /** The ratio's median must not exceed this; undefined where none was set. */
  readonly goal?: number;
  /** A second figure with a bound of its own, such as a p99. */
  readonly also?: { readonly text: string; readonly met: boolean };
}

export const isMet = (row: Row): boolean =>
  (row.goal === undefined || row.ratio.median <= row.goal) && (row.also?.met ?? true);

export function renderRow(row: Row): string {
  const { median, min, max } = row.ratio;
  const verdict = row.goal === undefined ? "no goal" : isMet(row) ? "met" : "MISSED";
  const goal = row.goal === undefined ? "" : ` goal <= ${row.goal}`;
  const also = row.also ? `\n    ${row.also.text}` : "";
  return (
    `${row.name}\n    ${row.ours}\n    ${row.peer}\n` +
    `    ratio ${median.toFixed(2)} [${min.toFixed(2)}-${max.toFixed(2)}]${goal}: ${verdict}${also}`
  );
}

export const spreadUs = ({ median, min, max }: Spread): string =>
  `${median.toFixed(1)} us [${min.toFixed(1)}-${max.toFixed(1)}]`;
