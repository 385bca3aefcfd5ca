import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { syncFolder } from "./folders.ts";

/** Of link(2) where a file system has no links: FAT and exFAT of a stick, or one in user space. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  "EPERM",
  "EOPNOTSUPP",
  "ENOTSUP",
  "ENOSYS",
]);

/**
 * Mode 0600. A power cut leaves no file or a whole one, on a file system without links perhaps an empty one.
 * @returns false, and nothing changed, when there is one
 */
export function writeOnce(
  file: string,
  content: string | Uint8Array,
  link: (from: string, to: string) => void = linkSync,
): boolean {
  const draft = writeDraft(file, content);
  try {
    nameOnce(draft, file, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(dirname(file));
  return true;
}

function nameOnce(draft: string, file: string, link: (from: string, to: string) => void): void {
  try {
    link(draft, file); // unlike rename(2) it never takes the place of a file
    return;
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code)) throw error;
  }
  closeSync(openSync(file, "wx", 0o600)); // what the draft takes the place of is our own
  renameSync(draft, file);
}

/**
 * Mode 0600. A power cut leaves the old file or the new one, whole. Root leaves it to its owner: what a person mends
 * as root in the folder of a service the service can still read.
 */
export function replaceWhole(file: string, content: string | Uint8Array): void {
  const owner = process.getuid?.() === 0 ? lstatSync(file, { throwIfNoEntry: false }) : undefined;
  const draft = writeDraft(file, content, owner);
  try {
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}

function writeDraft(file: string, content: string | Uint8Array, owner?: Stats): string {
  const draft = `${file}.${randomBytes(6).toString("hex")}.new`;
  const descriptor = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(descriptor, content);
    if (owner) fchownSync(descriptor, owner.uid, owner.gid);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return draft;
}
