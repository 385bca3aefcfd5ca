import { mkdir, open, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseStorePath, type StorePath } from "../../src/contract/index.ts";

/** What must survive a garbage collection while an attempt is open; null when there is no such thing. */
export interface HeldPaths {
  readonly target: StorePath;
  readonly running: StorePath | null;
  /** The program of the closure that would return the host, or its store path. */
  readonly deadman: string | null;
}

/** The attempt's garbage collector roots, in a folder of their own. */
export interface GcRoots {
  /** Where `target` is linked. */
  readonly targetLink: string;
  /** Durable when it resolves. A root of a path that is not there yet holds it from the moment it is. */
  hold(paths: HeldPaths): Promise<void>;
  /** Durable when it resolves. */
  drop(): Promise<void>;
  /** What `target` holds now. */
  target(): Promise<string | null>;
}

const FOLDER = "nix/var/nix/gcroots/nixwave";
const NAMES = ["target", "running", "deadman"] as const;
const STORE_PATH_PARTS = 4;

/** @param root of the host, "/" on a real one */
export function openGcRoots(root: string): GcRoots {
  const folder = join(root, FOLDER);
  const targetLink = join(folder, "target");
  return {
    targetLink,
    async hold(paths) {
      const made = await mkdir(folder, { recursive: true });
      for (const name of NAMES) await point(join(folder, name), paths[name]);
      await sync(folder);
      if (made !== undefined) await sync(dirname(folder));
    },
    async drop() {
      for (const name of NAMES) await rm(join(folder, name), { force: true });
      await sync(folder).catch(ignoreAbsent);
    },
    target: () => readlink(targetLink).catch(ignoreAbsent),
  };
}

async function point(link: string, to: string | null): Promise<void> {
  if (to === null) return rm(link, { force: true });
  const fresh = `${link}.new`;
  await rm(fresh, { force: true });
  await symlink(parseStorePath(to.split("/").slice(0, STORE_PATH_PARTS).join("/")), fresh);
  await rename(fresh, link);
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreAbsent(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  return null;
}
