import { chmod, chown, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
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

export const nodeFiles: FilePort = {
  read: async (path) => {
    try {
      return await readFile(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  write: (path, bytes) => withFile(path, "w", (file) => file.writeFile(bytes)),
  sync: (path) => withFile(path, "r", (file) => file.sync()),
  rename,
  syncFolder: (path) => withFile(path, "r", (folder) => folder.sync()),
  remove: (path) => rm(path, { force: true }),
  list: async (path) => {
    try {
      return (await readdir(path)).toSorted((a, b) => (a < b ? -1 : 1));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  makeFolder: async (path, mode) => {
    await mkdir(path, { recursive: true, mode });
    await chmod(path, mode); // mkdir's own mode is cut by the umask, and an older folder may be open
  },
  permit: async (path, mode, groupId) => {
    await chmod(path, mode);
    if (groupId !== null) await chown(path, -1, groupId);
  },
};

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

async function withFile(
  path: string,
  flags: "w" | "r",
  use: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await use(file);
  } finally {
    await file.close();
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
