import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Replaces a file so that a reader finds the old bytes or the new ones, also after a power cut: a plain
 * write under SIGKILL leaves half a file. Done when both the file and its name are on disk.
 */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const fresh = `${path}.new`;
  await withFile(fresh, "w", async (file) => {
    await file.writeFile(bytes);
    await file.sync();
  });
  await rename(fresh, path);
  await withFile(dirname(path), "r", (folder) => folder.sync());
}

/** The file's bytes; undefined when there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

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
