import { existsSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { NixwaveError } from "../../contract/index.ts";
import { makeFolder, syncFolder, writeOnce } from "../../disk/index.ts";
import { packBackup } from "./archive.ts";
import { readFolder } from "./read-folder.ts";

export interface BackedUp {
  readonly file: string;
  readonly files: number;
  readonly bytes: number;
  /** Links and the like, which a backup does not keep. */
  readonly left: readonly string[];
  /** Files that went away while they were read. */
  readonly vanished: readonly string[];
  /** Older copies that made room for this one. */
  readonly removed: readonly string[];
}

/**
 * Writes a hub's folder into one new file, mode 0600, whole or not at all; a hub may be running in it. The file
 * holds the hub's key and all passwords.
 * @param folder a hub's, or the user folder of a Node-RED with our nodes
 * @throws NixwaveError file-exists | file-unreadable | file-unwritable | too-large | restore-interrupted
 */
export function backUp(folder: string, file: string, atMs: number): BackedUp {
  if (existsSync(file)) throw new NixwaveError("file-exists", `${file} is already there`);
  refuseInside(folder, file);
  const { files, left, vanished } = readFolder(folder, `${file}.`);
  if (files.length === 0) throw new NixwaveError("file-unreadable", `${folder} is empty`);
  const bytes = packBackup(files, atMs);
  if (!tryWrite(file, bytes)) throw new NixwaveError("file-exists", `${file} is already there`);
  return { file, files: files.length, bytes: bytes.length, left, vanished, removed: [] };
}

/** A backup of the backups would double with each. */
function refuseInside(folder: string, file: string): void {
  if (!`${realPlaceOf(file)}/`.startsWith(`${realPlaceOf(folder)}/`)) return;
  throw new NixwaveError("wrong-usage", `${file} would lie in ${folder}, which it is to hold`);
}

/** Where a name leads over the links in it; what is not there yet lies below what is. */
function realPlaceOf(path: string): string {
  const place = resolve(path);
  try {
    return realpathSync(place);
  } catch {
    return join(realPlaceOf(dirname(place)), basename(place)); // the root is there
  }
}

function tryWrite(file: string, bytes: Uint8Array): boolean {
  try {
    return writeOnce(file, bytes);
  } catch (cause) {
    const why = `${file}: ${(cause as Error).message}`;
    throw new NixwaveError("file-unwritable", why, { where: file, cause });
  }
}

const DATED = /^nixwave-hub-\d{8}T\d{6}Z\.tar\.gz$/;
/** What a backup that was killed has left. */
const DRAFT = /^nixwave-hub-\d{8}T\d{6}Z\.tar\.gz\../;

/**
 * The same with a name of its time, in a folder that is made when its parent is there. Older copies go only once
 * the new one is on the disk, and the new one never does: a clock without a battery may give it a name of 1970.
 * @param keep how many copies stay, this one among them
 * @throws NixwaveError as backUp
 */
export function backUpInto(folder: string, into: string, keep: number, atMs: number): BackedUp {
  const instant = new Date(atMs)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(/[-:]/g, "");
  const name = `nixwave-hub-${instant}.tar.gz`;
  refuseInside(folder, join(into, name));
  try {
    makeFolder(into); // more levels would be a disk that is not mounted
    for (const one of readdirSync(into).filter((name) => DRAFT.test(name))) {
      rmSync(join(into, one), { recursive: true, force: true });
    }
  } catch (cause) {
    throw new NixwaveError("file-unwritable", `${into}: ${(cause as Error).message}`, { cause });
  }
  const made = backUp(folder, join(into, name), atMs);
  try {
    return { ...made, removed: removeOlder(into, name, keep) };
  } catch (cause) {
    const why = `${made.file} is made, but older copies stay: ${(cause as Error).message}`;
    throw new NixwaveError("file-unwritable", why, { where: into, cause });
  }
}

function removeOlder(into: string, name: string, keep: number): readonly string[] {
  const others = readdirSync(into).filter((one) => DATED.test(one) && one !== name);
  const removed = others
    .sort()
    .reverse()
    .slice(keep - 1);
  for (const one of removed) rmSync(join(into, one), { force: true });
  if (removed.length > 0) syncFolder(into);
  return removed;
}
