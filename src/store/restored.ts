import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RESTORED_MARK, syncFolder } from "../disk/index.ts";

const markIn = (folder: string): string => join(folder, RESTORED_MARK);

/**
 * Whether the journal in this folder came out of a backup: it knows nothing of what was stopped, held or rolled back
 * since.
 */
export const isRestored = (folder: string): boolean => existsSync(markIn(folder));

/** For when what follows from it is durable. */
export function forgetRestored(folder: string): void {
  rmSync(markIn(folder), { force: true });
  syncFolder(folder);
}
