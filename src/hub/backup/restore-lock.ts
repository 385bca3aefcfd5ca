import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { NixwaveError } from "../../contract/index.ts";
import { type FolderLock, lockFolder } from "../../disk/index.ts";

/** In the hub's folder while a backup is brought back. */
export const RESTORING = ".restoring";
/** What `lockFolder` makes, and its holder's line. */
const LOCK = `${RESTORING}.lock`;
const OUR_OWN: ReadonlySet<string> = new Set([RESTORING, LOCK, `${RESTORING}.pid`]);

/**
 * Holds a folder that is empty, or was when a restore began that did not end: a second restore would take the files
 * of the first for those of one that was killed. Nothing is made in any other folder, which may be a running hub's.
 * @throws NixwaveError file-exists | restore-running, and what the file system says
 */
export function lockForRestore(folder: string): FolderLock {
  refuseFull(folder);
  const lock = lockFolder(folder, RESTORING);
  if ("holder" in lock) {
    const who = lock.holder === null ? "another process" : `process ${lock.holder}`;
    const why = `${who} brings a backup back into ${folder}`;
    throw new NixwaveError("restore-running", why, { where: folder });
  }
  const release = (): void => {
    // Only where whoever still waits to open it is refused by what lies there; else two might each hold one.
    if (isFull(folder)) rmSync(join(folder, LOCK), { force: true });
    lock.release();
  };
  try {
    refuseFull(folder); // the other one may have ended just now
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

const isFull = (folder: string): boolean =>
  !existsSync(join(folder, RESTORING)) && contentOf(folder).length > 0;

function refuseFull(folder: string): void {
  if (!isFull(folder)) return;
  const why = `${folder} is not empty; move it away first, a running hub must be stopped before`;
  throw new NixwaveError("file-exists", why, { where: folder });
}

/** Names of what is neither a restore's nor the file system's. */
export const contentOf = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => !OUR_OWN.has(name) && !isOfFileSystem(folder, name));

/** The folder that mkfs puts into the root of a disk: a fresh disk of the hub's own is empty all the same. */
export function isOfFileSystem(folder: string, name: string): boolean {
  if (name !== "lost+found") return false;
  const found = lstatSync(join(folder, name), { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === 0;
}
