import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";

/** The last level only: Node's recursive mkdir never returns below folders such as /proc that refuse with ENOENT. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** A new name, or the end of one, outlives a power cut only when its folder is on disk too. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
