import {
  type EpochMs,
  LAST_INSTANT_MS,
  type NarHash,
  type StorePath,
  storePathHash,
  storePathName,
} from "../contract/index.ts";

const UNITS: readonly (readonly [string, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** @param instantMs Unix milliseconds, which of an unverified statement may be any safe integer; as ISO 8601 in UTC */
export const dateText = (instantMs: number): string =>
  instantMs <= LAST_INSTANT_MS ? new Date(instantMs).toISOString() : `${instantMs} ms`;

/** "in 90 days", "3 hours ago": rounded, in the largest unit of which that is at least one. */
export function distanceText(instantMs: number, now: EpochMs): string {
  const distanceMs = Math.abs(instantMs - now);
  const [unit, unitMs] =
    UNITS.find(([, ms]) => Math.round(distanceMs / ms) >= 1) ?? (["second", 1000] as const);
  const count = Math.round(distanceMs / unitMs);
  const amount = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return instantMs >= now ? `in ${amount}` : `${amount} ago`;
}

/** "nixos-system-nuc-26.05 (3fq8zkx9)": the name for people, enough of the hash to compare. */
export const pathText = (path: StorePath): string =>
  `${storePathName(path)} (${storePathHash(path).slice(0, 8)})`;

export const hashText = (hash: NarHash): string => hash.slice("sha256-".length).slice(0, 8);

/** Columns as wide as their widest cell, two spaces between; the last one is not padded. */
export function tableText(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, [...cell].length);
    }
  }
  return rows.map((row) =>
    row.map((cell, column) =>
      column === row.length - 1
        ? cell
        : cell + " ".repeat((widths[column] ?? 0) - [...cell].length + 2),
    ),
  );
}
