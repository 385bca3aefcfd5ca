import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { NixwaveError } from "../../contract/index.ts";
import { syncFolder } from "../../disk/index.ts";
import { unpackBackup } from "./archive.ts";
import { contentOf, lockForRestore, RESTORING } from "./restore-lock.ts";
import type { ArchivedFile } from "./tar.ts";

/** For whoever is about to use a hub's folder. @throws NixwaveError restore-interrupted */
export function refuseHalfRestored(folder: string): void {
  if (!existsSync(join(folder, RESTORING))) return;
  const why = `${folder} holds a part of a backup only`;
  throw new NixwaveError("restore-interrupted", why, { where: folder });
}

export interface Restored {
  readonly madeAt: string;
  readonly files: number;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Brings a backup back into a folder that is empty or not there, and never over anything. The folder itself stays,
 * for it may be a mount point. Killed at any moment, the same call begins again; until it has ended no hub starts
 * there, and no second restore. The files get the folder's owner where that is another one than this process's (root
 * restores for a service).
 * @throws NixwaveError backup-damaged | file-exists | file-unreadable | file-unwritable | restore-running
 */
export function restore(file: string, folder: string): Restored {
  const { madeAt, files } = unpackBackup(read(file));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = lockForRestore(folder);
    try {
      bringBack(files, folder);
    } finally {
      lock.release();
    }
  } catch (cause) {
    if (cause instanceof NixwaveError) throw cause;
    const why = `${folder}: ${(cause as Error).message}`;
    throw new NixwaveError("file-unwritable", why, { where: folder, cause });
  }
  return { madeAt, files: files.length };
}

function bringBack(files: readonly ArchivedFile[], folder: string): void {
  const draft = join(folder, RESTORING);
  clearInterrupted(folder, draft);
  chmodSync(folder, 0o700); // where it may not be, nothing is in it yet
  const owner = ownerOf(folder);
  makeOwn(draft, owner);
  syncFolder(folder);
  for (const one of files) write(draft, one, owner);
  syncBelow(draft);
  for (const name of readdirSync(draft)) renameSync(join(draft, name), join(folder, name));
  syncFolder(folder);
  rmdirSync(draft);
  syncFolder(folder);
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new NixwaveError("file-unreadable", `${file}: ${(cause as Error).message}`, { cause });
  }
}

/** The folder was empty when that restore began, so all in it is of the backup. The mark goes last. */
function clearInterrupted(folder: string, draft: string): void {
  if (!existsSync(draft)) return;
  for (const name of contentOf(folder)) rmSync(join(folder, name), { recursive: true });
  syncFolder(folder);
  rmSync(draft, { recursive: true });
}

/** Null where this process is the owner already. */
function ownerOf(folder: string): Owner | null {
  const { uid, gid } = statSync(folder);
  return process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : null;
}

function makeOwn(folder: string, owner: Owner | null): void {
  mkdirSync(folder, { mode: 0o700 });
  if (owner) chownSync(folder, owner.uid, owner.gid);
}

function write(draft: string, { path, mode, content }: ArchivedFile, owner: Owner | null): void {
  const place = join(draft, path);
  makeFolders(dirname(place), draft, owner);
  const descriptor = openSync(place, "wx", mode & 0o700);
  try {
    writeFileSync(descriptor, content);
    if (owner) fchownSync(descriptor, owner.uid, owner.gid);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function makeFolders(folder: string, draft: string, owner: Owner | null): void {
  if (folder === draft || existsSync(folder)) return;
  makeFolders(dirname(folder), draft, owner);
  makeOwn(folder, owner);
}

function syncBelow(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) syncBelow(join(folder, entry.name));
  }
  syncFolder(folder);
}
