/** "300 s" up to ten minutes, then "15 min", then "2 h": the shortest that is exact to a tenth. */
export function durationText(ms: number): string {
  if (ms < 10 * 60_000) return `${tenth(ms / 1000)} s`;
  return ms < 3 * 3_600_000 ? `${tenth(ms / 60_000)} min` : `${tenth(ms / 3_600_000)} h`;
}

const tenth = (value: number): string => String(Math.round(value * 10) / 10);
