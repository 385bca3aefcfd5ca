import { readFileSync } from "node:fs";
import {
  ContractError,
  type HostTrust,
  MARKER_FILE,
  type StorePath,
  type SystemMarker,
  systemMarkerCodec,
} from "../../src/contract/index.ts";
import type { HeldPaths } from "../pull/gc-roots.ts";
import type { NixStore } from "../pull/nix-store.ts";
import type { Closures, Fetch } from "./ports.ts";

/** Of a marker that names none. */
const FIRST_FORM = { from: 1, to: 1 } as const;

/** The host's real store as the activator sees it: goal stage in its order (DESIGN 7). */
export function openClosures(store: NixStore, trust: HostTrust): Closures {
  const markerOf = (system: StorePath): SystemMarker | null => {
    try {
      return systemMarkerCodec.parse(readFileSync(store.locate(`${system}/${MARKER_FILE}`)));
    } catch (error) {
      if (error instanceof ContractError) return null;
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  };
  return {
    async foresee(wanted) {
      try {
        await store.foresee(heldFor(wanted));
      } catch {
        // it fails again, and is said, when it is fetched
      }
    },
    async fetch(wanted, progress, signal) {
      const { storePath, narHash } = wanted;
      const closure = { storePath, narHash, system: trust.system };
      await store.holdRoots(heldFor(wanted));
      const size = await store.pull(closure, progress, signal);
      await store.inspect(closure, trust);
      return size;
    },
    changes: (from, to) => store.changes(from, to),
    isHere: (path) => store.isHere(path),
    areRootsHeld: () => store.areRootsHeld(),
    hold: (wanted) => store.holdRoots(heldFor(wanted)),
    dropRoots: () => store.dropRoots(),
    setProfile: (path) => store.setProfile(path),
    activatorOf: async (system) => markerOf(system)?.activator ?? null,
    async memoryOf(system) {
      const marker = markerOf(system);
      return marker && (marker.memory ?? FIRST_FORM);
    },
  };

  /** The deadman is the running system's own activator; its closure must outlive a collection of garbage. */
  function heldFor({ storePath, running }: Pick<Fetch, "storePath" | "running">): HeldPaths {
    const deadman = running && (markerOf(running)?.activator ?? null);
    return { target: storePath, running, deadman };
  }
}
