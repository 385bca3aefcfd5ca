import { shownIn } from "./measure.ts";
import type { GateRow } from "./plan.ts";
import type { GateState } from "./state.ts";
import type { Evidence } from "./verdict.ts";

/**
 * The readings behind a verdict, oldest first. A house that is judged before the activation is judged by the newest
 * reading of each source: nothing was counted for that run yet.
 */
export function samplesOf({ plan, rows }: GateState): readonly Evidence[] {
  return rows
    .flatMap(({ sources }, index) => {
      const row = plan.rows[index] as GateRow;
      return sources.flatMap(({ evidence, latest }, at): readonly Evidence[] => {
        if (evidence.length > 0 || latest === null) return evidence;
        const { value, measurement, reason } = latest;
        const shown = value === null ? reason.text : shownIn(row, value);
        const source = row.sources[at] as string;
        return [{ row: row.name, source, at: latest.at, measurement, shown }];
      });
    })
    .toSorted((one, other) => one.at - other.at);
}
