import { totalmem } from "node:os";
import {
  type NarHash,
  NixwaveError,
  type PublicKey,
  type StorePath,
  type SystemType,
} from "../../src/contract/index.ts";

export interface NixSettings {
  /** "/" on a real host; elsewhere the folder that holds the host's own nix/store. */
  readonly root: string;
  /** Asked in this order; http, https and file addresses are asked by Node before Nix. */
  readonly substituters: readonly string[];
  /** Exactly these count, whatever nix.conf says. */
  readonly cacheKeys: readonly PublicKey[];
  /** Logins for caches, as curl reads them; null for none, and then Nix has none either. */
  readonly netrcFile: string | null;
  /** PEM bundle that Nix takes in place of its own; without it the system's. */
  readonly caBundle?: string;
  /** Nix's own cache folder, private: two processes that meet a cache at once break each other (nix issue 3898). */
  readonly cacheDirectory: string;
  /** Where the nix programs are searched, as PATH. */
  readonly path: string;
  readonly limits: {
    /** For one pull as a whole, in ms. */
    readonly pullMs: number;
    /** Without a byte, in ms. */
    readonly stallMs: number;
  };
  /** Archives that are fetched at the same time; by the host's memory when not given. */
  readonly jobs?: number;
  /** Free bytes from which Nix begins at once, and is stopped if what it names as needed does not fit; 4 GiB when not given. */
  readonly roomyBytes?: number;
  /** Takes a line for the log. */
  readonly say?: (line: string) => void;
  /** Host names of caches that hold no private closure; cache.nixos.org when not given. */
  readonly publicCaches?: readonly string[];
}

/** What CI signed of a closure. */
export interface Closure {
  readonly storePath: StorePath;
  readonly narHash: NarHash;
  readonly system: SystemType;
}

const SMALL_HOST_BYTES = 2 * 1024 ** 3;

/** Nix's peak grows by about 1 MB a job: on a small Pi that counts, and 4 jobs give most of the gain. */
export const defaultJobs = (memoryBytes: number): number =>
  memoryBytes < SMALL_HOST_BYTES ? 4 : 16;

export const jobsOf = ({ jobs }: NixSettings): number => jobs ?? defaultJobs(totalmem());

/**
 * Refuses what would switch signatures off: Nix takes settings of a store from the address's query.
 * @throws NixwaveError agent-config-invalid
 */
export function requireSafe({ substituters }: NixSettings): void {
  for (const cache of substituters) {
    if (/\s/.test(cache) || !/^[a-z0-9+.-]+:\/\//.test(cache)) {
      throw new NixwaveError(
        "agent-config-invalid",
        `${JSON.stringify(cache)} is no address of a cache`,
      );
    }
    if (/[?&]trusted=/.test(cache)) {
      const message = `${cache} asks Nix to take what is not signed: remove "trusted" from the address`;
      throw new NixwaveError("agent-config-invalid", message);
    }
  }
}
