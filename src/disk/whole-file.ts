import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { syncFolder } from "./folders.ts";

/** Mode 0600. A power cut leaves no file or a whole one. @returns false, and nothing changed, when there is one */
export function writeOnce(file: string, content: string | Uint8Array): boolean {
  const draft = writeDraft(file, content);
  try {
    linkSync(draft, file); // unlike rename(2) it never takes the place of a file
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(dirname(file));
  return true;
}

/** Mode 0600. A power cut leaves the old file or the new one, whole. */
export function replaceWhole(file: string, content: string | Uint8Array): void {
  const draft = writeDraft(file, content);
  try {
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncFolder(dirname(file));
}

function writeDraft(file: string, content: string | Uint8Array): string {
  const draft = `${file}.${randomBytes(6).toString("hex")}.new`;
  const descriptor = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
  return draft;
}
