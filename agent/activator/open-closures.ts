import { readFileSync } from "node:fs";
import {
  ContractError,
  type HostTrust,
  MARKER_FILE,
  type StorePath,
  type SystemMarker,
  systemMarkerCodec,
} from "../../src/contract/index.ts";
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
    foresee: (path, running) => store.foresee(path, running),
    async fetch(wanted, progress, signal) {
      const { storePath, narHash, running } = wanted;
      const closure = { storePath, narHash, system: trust.system };
      await store.holdRoots({ target: storePath, running, deadman: deadman(wanted) });
      const brought = await store.pull(closure, progress, signal, running);
      await store.inspect(closure, trust);
      return brought;
    },
    isHere: (path) => store.isHere(path),
    areRootsHeld: () => store.areRootsHeld(),
    dropRoots: () => store.dropRoots(),
    setProfile: (path) => store.setProfile(path),
    activatorOf: async (system) => markerOf(system)?.activator ?? null,
    async memoryOf(system) {
      const marker = markerOf(system);
      return marker && (marker.memory ?? FIRST_FORM);
    },
  };

  /** The deadman is the running system's own activator; its closure must outlive a collection of garbage. */
  function deadman({ running }: Fetch): string | null {
    return running && (markerOf(running)?.activator ?? null);
  }
}
