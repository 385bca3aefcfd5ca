import { chmod, lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes a folder that holds a Nix store: Nix takes the write permission from everything in it. */
export async function removeTree(directory: string): Promise<void> {
  await makeWritable(directory);
  // A program that was just ended may write a last file: Node does, into its compile cache.
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function makeWritable(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if ((await lstat(path)).isDirectory()) await makeWritable(path);
  }
}
