import { tableText } from "../words.ts";
import { HUB, type Observed } from "./chronicle.ts";

const LONGEST = 60;

/** What happened, with the store path that each host reported, and its generations as they lie on disk. Pure. */
export function observedTable(
  observed: readonly Observed[],
  generations: ReadonlyMap<string, readonly number[]>,
  isSimulated: boolean,
): string {
  const mark = isSimulated ? "SIMULATED " : "";
  const rows = observed.map(({ release, who, what, runs }) => [
    release === null ? "" : String(release),
    ...[who, `${who === HUB ? "" : mark}${shortened(what)}`, runs ?? ""],
  ]);
  const told = tableText([["RELEASE", "WHO", "WHAT HAPPENED", "RUNS NOW"], ...rows]);
  const kept = [...generations].map(([host, numbers]) => [
    host,
    `${mark}${numbers.join(", ") || "none"}`,
  ]);
  const tables = [told, tableText([["HOST", "GENERATIONS"], ...kept])];
  return tables.map((rows) => rows.map((row) => row.join("").trimEnd()).join("\n")).join("\n\n");
}

const shortened = (what: string): string =>
  what.length > LONGEST ? `${what.slice(0, LONGEST - 3)}...` : what;
