import { compareText } from "../compare-text.ts";
import type { Facts, Known } from "./facts.ts";

/** What one look says. `unknown` is never taken for `ok`. */
export type Answer =
  | { readonly state: "ok"; readonly said: string }
  | { readonly state: "found"; readonly said: readonly string[]; readonly wayOut?: string }
  | { readonly state: "unknown"; readonly said: string };

/** One thing that may be wrong in a home. docs/doctor.md is made from these. */
export interface Check {
  /** Stands in scripts: never renamed. */
  readonly id: string;
  /** `wrong`: deployments do not work or are not safe; `look`: a person should look when there is time. */
  readonly weight: "wrong" | "look";
  readonly meaning: string;
  readonly wayOut: string;
  readonly look: (facts: Facts) => Answer;
}

export const ok = (said: string): Answer => ({ state: "ok", said });
export const unsure = (said: string): Answer => ({ state: "unknown", said });

/** @param wayOut a better one than the table's, where the finding knows it */
export const found = (said: string | readonly string[], wayOut?: string): Answer => ({
  state: "found",
  said: typeof said === "string" ? [said] : said,
  ...(wayOut === undefined ? {} : { wayOut }),
});

/** Judges what is known; what is not known stays so. */
export const given = <T>(fact: Known<T>, judge: (value: T) => Answer): Answer =>
  fact.isKnown ? judge(fact.value) : unsure(fact.why);

/** One line for each culprit; nobody: that is well, in these words. */
export function eachOf(lines: readonly string[], well: string): Answer {
  return lines.length > 0 ? found(lines) : ok(well);
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** "3 days", "2 h", "5 min", "12 s": rounded down. */
export function spanText(ms: number): string {
  const span = Math.abs(ms);
  if (span >= 2 * DAY_MS) return `${Math.floor(span / DAY_MS)} days`;
  if (span >= 2 * HOUR_MS) return `${Math.floor(span / HOUR_MS)} h`;
  if (span >= 2 * MINUTE_MS) return `${Math.floor(span / MINUTE_MS)} min`;
  return `${Math.floor(span / 1000)} s`;
}

export const hostsText = (hosts: readonly string[]): string =>
  hosts.length === 0 ? "no host" : [...hosts].sort(compareText).join(", ");
