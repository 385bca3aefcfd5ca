import type { Observed } from "./story.ts";

/** What happened, with the store path that each host reported; its last line counts. Pure. */
export function observedTable(
  observed: readonly Observed[],
  generations: ReadonlyMap<string, readonly string[]>,
): string {
  const rows = observed.map(({ release, host, what, storePath }) => [
    `release ${release.number}`,
    host,
    what,
    storePath,
  ]);
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0), 0),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const profiles = [...generations].map(
    ([host, links]) => `${host.padEnd(5)} generations ${links.join(", ") || "none"}`,
  );
  return [...lines, "", ...profiles].join("\n");
}
