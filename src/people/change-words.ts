import type { ChangeSummary } from "../contract/index.ts";
import type { Home } from "./home.ts";
import { formatBytes } from "./numbers.ts";
import { say } from "./say.ts";

const MAX_NAMED = 4;
/** What `nix store diff-closures` puts behind a package: how much larger or smaller it is. */
const SIZE = /, [+-][\d.]+ [KMGT]?i?B$/;

/** What a system would change, in a few words: packages first, then what is interrupted, then what it costs to fetch. */
export function changeWords(summary: ChangeSummary, home: Home): string {
  const { language } = home;
  const { packages, packagesTotal, stop, restart, unitsTotal, downloadBytes } = summary;
  if (packagesTotal === 0 && unitsTotal === 0) return say(language, "change.none");
  const named = packages.map((line) => line.replace(SIZE, "").replace(" -> ", " → "));
  const units = [...restart, ...stop].map((unit) => unit.replace(/\.service$/, ""));
  const parts = [
    packagesTotal === 0 ? "" : say(language, "change.packages", someOf(named, packagesTotal, home)),
    units.length === 0 ? "" : say(language, "change.interrupts", someOf(units, units.length, home)),
    downloadBytes === 0
      ? ""
      : say(language, "change.fetches", { size: formatBytes(downloadBytes, language) }),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

function someOf(all: readonly string[], total: number, home: Home): { readonly some: string } {
  const shown = all.slice(0, MAX_NAMED).join(", ");
  const count = total - Math.min(all.length, MAX_NAMED);
  if (count <= 0) return { some: shown };
  return { some: say(home.language, "summary.more", { hosts: shown, count: String(count) }) };
}
