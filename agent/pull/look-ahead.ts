import type { StorePath } from "../../src/contract/index.ts";
import { readNamed } from "./nix-database.ts";
import type { NixSettings } from "./nix-settings.ts";
import { learnSigned, type SeenSigned } from "./vouched-for.ts";

/** Paths for one look, each of which opens the database anew: some 2 ms of processor, which Nix needs too where the cache is near. */
const AT_ONCE = 64;

/** Looks at signatures while a pull goes on. */
export interface LookAhead {
  /** Takes what Nix has copied. */
  copied(paths: readonly string[]): void;
  /** What was found signed, when what was begun has ended. It refuses nothing. */
  seen(): Promise<SeenSigned>;
}

/**
 * Verifies the signatures of paths as they become valid, while Nix fetches the rest: that is most of what the check of a
 * whole closure costs, and otherwise begins when the last path is there. What comes of it spares that check work and no look.
 * Not when `storePath`, the last, is there: Nix then closes its database, which makes it durable only where nobody else reads it.
 */
export function lookAhead({ root, cacheKeys }: NixSettings, storePath: StorePath): LookAhead {
  const seen: SeenSigned = new Set();
  let waiting: string[] = [];
  let looking = Promise.resolve();
  let isInVain = false;

  async function look(paths: readonly string[]): Promise<void> {
    if (isInVain) return;
    try {
      await learnSigned(await readNamed(root, paths), cacheKeys, seen);
    } catch {
      isInVain = true; // the check after the pull meets the same, and says so
    }
  }

  return {
    copied(paths) {
      waiting.push(...paths);
      if (waiting.length < AT_ONCE || waiting.includes(storePath)) return;
      const some = waiting;
      waiting = [];
      looking = looking.then(() => look(some));
    },
    async seen() {
      await looking;
      return seen;
    },
  };
}
