import type { GatePlan } from "../gate/index.ts";

/** Topics, and queries with their intervals, of rows and their control sensors. */
export function sourcesOf({ rows }: GatePlan) {
  const heard = new Set<string>();
  const queries = new Map<string, number>();
  for (const row of rows) {
    for (const { link, sources } of [row, ...(row.control ? [row.control] : [])]) {
      for (const source of sources) {
        if (link === "broker") heard.add(source);
        else queries.set(source, row.intervalMs);
      }
    }
  }
  return { heard, queries };
}
