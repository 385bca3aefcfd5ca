import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { syncFolder, writeOnce } from "../disk/index.ts";

/** By hand: `touch journal/restored`. */
const markIn = (folder: string): string => join(folder, "restored");

/**
 * Says that the journal in this folder came out of a backup: it knows nothing of what was stopped, held or rolled back
 * since, so its hub begins on hold.
 */
export function markRestored(folder: string): void {
  writeOnce(markIn(folder), "this journal came out of a backup\n");
}

export const isRestored = (folder: string): boolean => existsSync(markIn(folder));

/** For when the hold is durable. */
export function forgetRestored(folder: string): void {
  rmSync(markIn(folder), { force: true });
  syncFolder(folder);
}
