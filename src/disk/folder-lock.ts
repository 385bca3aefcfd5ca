import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync } from "node:sqlite";
import { faultOf } from "./database.ts";

export interface FolderLock {
  release(): void;
}

/**
 * Holds a folder for this process. Node has no flock, but SQLite does: the kernel frees its lock however the
 * process ends, so no stale lock can block. The id of the holder stands beside it, for the other's message.
 * @returns the lock, or the holder's process id (null when it is not known)
 * @throws what SQLite or the file system says
 */
export function lockFolder(folder: string, name: string): FolderLock | { holder: number | null } {
  const pidFile = join(folder, `${name}.pid`);
  const database = lockFile(join(folder, `${name}.lock`));
  if (database === null) return { holder: readPid(pidFile) };
  try {
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    release: () => {
      rmSync(pidFile, { force: true });
      database.close();
    },
  };
}

function lockFile(file: string, again = true): DatabaseSync | null {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // Never committed: the file stays empty, so it holds nothing that could be damaged.
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    const fault = faultOf(error);
    if (fault === "locked") return null;
    if (fault !== "damaged" || !again) throw error;
    truncateSync(file); // somebody's bytes in it; a holder's lock would have been seen before them
    return lockFile(file, false);
  }
}

function readPid(file: string): number | null {
  try {
    const text = readFileSync(file, "utf8").trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : null;
  } catch {
    return null; // between its lock and its line, or on its way out
  }
}
