import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { parseStorePath, type StorePath } from "../src/contract/index.ts";

/** A profile points to system-N-link beside it, which points into the store; more hops nobody makes. */
const MOST_HOPS = 4;

/** The store path behind a link; null when there is none, or when it leads elsewhere. */
export async function readStoreLink(root: string, path: string): Promise<StorePath | null> {
  let place = path;
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    const target = linkAt(join(root, place));
    if (target === null) return null;
    if (target.startsWith("/nix/store/")) return parseOrNull(target);
    place = target.startsWith("/") ? target : join(place, "..", target);
  }
  return null;
}

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function parseOrNull(target: string): StorePath | null {
  try {
    return parseStorePath(target);
  } catch {
    return null;
  }
}
