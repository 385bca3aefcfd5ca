import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

/**
 * The few things a durable write is made of. A port, because killing a process does not show a missing
 * fsync: test/agent/model-disk.ts loses and reorders what was not synced.
 */
export interface FilePort {
  /** Undefined when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Creates or empties the file (mode 0600), writes, does not sync. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  sync(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** A missing one is fine. */
  remove(path: string): Promise<void>;
  /** Names in a folder, sorted; empty when there is none. */
  list(path: string): Promise<readonly string[]>;
  makeFolder(path: string, mode: number): Promise<void>;
  permit(path: string, mode: number, groupId: number | null): Promise<void>;
}

/**
 * Without Node's threads: each call through them waits twice to be scheduled, some hundred times from an order to its
 * switch, and the activator has nothing else to do meanwhile.
 */
export const nodeFiles: FilePort = {
  read: async (path) => {
    try {
      return readFileSync(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  write: async (path, bytes) => writeFileSync(path, bytes, { mode: 0o600 }),
  sync: async (path) => syncToDisk(path),
  rename: async (from, to) => renameSync(from, to),
  syncFolder: async (path) => syncToDisk(path),
  remove: async (path) => rmSync(path, { force: true }),
  list: async (path) => {
    try {
      return readdirSync(path).toSorted((a, b) => (a < b ? -1 : 1));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  makeFolder: async (path, mode) => {
    mkdirSync(path, { recursive: true, mode });
    chmodSync(path, mode); // mkdir's own mode is cut by the umask, and an older folder may be open
  },
  permit: async (path, mode, groupId) => {
    chmodSync(path, mode);
    if (groupId !== null) chownSync(path, -1, groupId);
  },
};

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

function syncToDisk(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Replaces a file so that a reader finds the old bytes or the new ones, also after a power cut: a plain
 * write under SIGKILL leaves half a file. Done when both the bytes and the name are on disk.
 */
export async function replaceDurably(
  files: FilePort,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const fresh = `${path}.new`;
  await files.write(fresh, bytes);
  await files.sync(fresh);
  await files.rename(fresh, path);
  await files.syncFolder(dirname(path));
}

/** Gone for good, also after a power cut. */
export async function removeDurably(files: FilePort, path: string): Promise<void> {
  await files.remove(path);
  await files.syncFolder(dirname(path));
}
