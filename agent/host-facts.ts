import { readFile, readlink, statfs } from "node:fs/promises";
import { join } from "node:path";
import {
  parseSessionId,
  parseStorePath,
  type SessionId,
  type StorePath,
} from "../src/contract/index.ts";

/** What is true of the host right now, read anew each time (DESIGN 7: facts are never remembered). */
export interface HostFacts {
  readonly current: StorePath | null;
  readonly booted: StorePath | null;
  readonly profile: StorePath | null;
  readonly bootId: SessionId;
  readonly freeBytes: number;
}

/** @param root "/" on a real host */
export async function readHostFacts(root: string): Promise<HostFacts> {
  const [current, booted, profile, bootId, space] = await Promise.all([
    readStoreLink(root, "run/current-system"),
    readStoreLink(root, "run/booted-system"),
    readStoreLink(root, "nix/var/nix/profiles/system"),
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    statfs(root),
  ]);
  return {
    current,
    booted,
    profile,
    bootId: parseSessionId(bootId.trim()),
    freeBytes: space.bavail * space.bsize,
  };
}

/** A profile points to system-N-link beside it, which points into the store; more hops nobody makes. */
const MOST_HOPS = 4;

/** The store path behind a link; null when there is none, or when it leads elsewhere. */
export async function readStoreLink(root: string, path: string): Promise<StorePath | null> {
  let place = path;
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    const target = await readlink(join(root, place)).catch(() => null);
    if (target === null) return null;
    if (target.startsWith("/nix/store/")) return parseOrNull(target);
    place = target.startsWith("/") ? target : join(place, "..", target);
  }
  return null;
}

function parseOrNull(target: string): StorePath | null {
  try {
    return parseStorePath(target);
  } catch {
    return null;
  }
}
