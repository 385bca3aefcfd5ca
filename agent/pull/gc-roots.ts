import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
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
      const made = mkdirSync(folder, { recursive: true });
      for (const name of NAMES) point(join(folder, name), paths[name]);
      sync(folder);
      if (made !== undefined) sync(dirname(folder));
    },
    async drop() {
      for (const name of NAMES) rmSync(join(folder, name), { force: true });
      unlessAbsent(() => sync(folder));
    },
    target: async () => unlessAbsent(() => readlinkSync(targetLink)),
  };
}

function point(link: string, to: string | null): void {
  if (to === null) {
    rmSync(link, { force: true });
    return;
  }
  const path = parseStorePath(to.split("/").slice(0, STORE_PATH_PARTS).join("/"));
  if (unlessAbsent(() => readlinkSync(link)) === path) return;
  const fresh = `${link}.new`;
  rmSync(fresh, { force: true });
  symlinkSync(path, fresh);
  renameSync(fresh, link);
}

function sync(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function unlessAbsent<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return null;
  }
}
