import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { EpochMs } from "../contract/index.ts";
import { syncFolder } from "../disk/index.ts";

/**
 * Each schema version has a file of its own, named by it: a hub that is rolled back finds the one it can
 * read, as it left it.
 */
const NAME = /^hub-v([1-9]\d{0,5})\.sqlite$/;
const ASIDE = /^hub-v\d+\.(damaged|abandoned)-.*\.sqlite$/;
/** Enough to look into; a failing disk must not fill itself with evidence. */
const ASIDE_AT_MOST = 3;

export const journalFile = (folder: string, version: number): string =>
  join(folder, `hub-v${version}.sqlite`);
export const witnessFile = (folder: string, version: number): string =>
  join(folder, `hub-v${version}.seen`);

/** Versions that have a file here, lowest first. */
export const versionsIn = (folder: string): readonly number[] =>
  readdirSync(folder)
    .map((name) => Number(NAME.exec(name)?.[1] ?? 0))
    .filter((version) => version > 0)
    .sort((a, b) => a - b);

/** @returns the new name, which sorts by time */
export function moveAside(
  folder: string,
  version: number,
  why: "damaged" | "abandoned",
  at: EpochMs,
): string {
  const file = journalFile(folder, version);
  const instant = new Date(at).toISOString().replaceAll(/[-:.]/g, "");
  let aside = `hub-v${version}.${why}-${instant}.sqlite`;
  for (let again = 2; existsSync(join(folder, aside)); again++)
    aside = `hub-v${version}.${why}-${instant}-${again}.sqlite`;
  // The log first: alone it is nothing, and SQLite finds it beside the new name.
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, join(folder, `${aside}-wal`));
  renameSync(file, join(folder, aside));
  syncFolder(folder);
  // Never this one: a host without a clock of its own may give it a name from 1970.
  const others = namesAside(folder).filter((name) => name !== aside);
  for (const name of others.slice(0, 1 - ASIDE_AT_MOST)) removeJournal(join(folder, name));
  return aside;
}

/** Oldest first, by the instant in their names. */
function namesAside(folder: string): readonly string[] {
  const instantOf = (name: string): string => name.slice(name.indexOf("-", "hub-".length));
  return readdirSync(folder)
    .filter((name) => ASIDE.test(name))
    .sort((a, b) => instantOf(a).localeCompare(instantOf(b)));
}

/** The newest file of this version that was moved aside as damaged; null for none. */
export const newestDamaged = (folder: string, version: number): string | null =>
  namesAside(folder).findLast((name) => name.startsWith(`hub-v${version}.damaged-`)) ?? null;

/** The database first, so that nothing is left that could pass for a journal. */
export function removeJournal(file: string): void {
  rmSync(file, { force: true });
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(`${file}${suffix}`, { force: true });
}
