import { lstatSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { StorePath, SystemMarker } from "../../src/contract/index.ts";
import { bringClosure } from "./bring-closure.ts";
import type { PackageChanges } from "./closure-diff.ts";
import { foresight } from "./foreseen.ts";
import { type HeldPaths, openGcRoots } from "./gc-roots.ts";
import { inspectSystem, type OwnTrust } from "./inspect-system.ts";
import { type NixCommands, OFFLINE, openNixCommands } from "./nix-commands.ts";
import { type Closure, type NixSettings, requireSafe } from "./nix-settings.ts";
import type { PullProgress } from "./pull-progress.ts";
import type { PullSize } from "./pull-size.ts";

/**
 * Nix on this host, through its commands and one at a time. The order of goal stage (DESIGN 7):
 * holdRoots, pull, inspect. Every failure is a NixwaveError; `retryDelayMs` (retry.ts) says
 * which of them may pass by themselves.
 */
export interface NixStore {
  /** Keeps what the attempt needs from garbage collection; durable when it resolves. Before the first byte. */
  holdRoots(paths: HeldPaths): Promise<void>;
  /** The roots of an attempt are there. */
  areRootsHeld(): Promise<boolean>;
  /** Lets go of all three; what runs or is in the profile stays by Nix's own roots. Durable. */
  dropRoots(): Promise<void>;
  /**
   * A pull of `target` comes in a moment: where it is here, it is held, and what Nix says of it is found out meanwhile.
   * Fails as `holdRoots` does.
   */
  foresee(paths: HeldPaths): Promise<void>;
  /**
   * Fetches what is missing, then checks every signature of the closure and its narHash. Resumes; asks nobody when
   * the closure is here already.
   * @param onProgress called when percent or paths change
   * @param stop ends it with pull-interrupted
   * @throws NixwaveError as bringClosure
   */
  pull(
    closure: Closure,
    onProgress: (progress: PullProgress) => void,
    stop?: AbortSignal,
  ): Promise<PullSize>;
  /** What `to` changes against `from`; null for nothing. @throws NixwaveError as diffClosures */
  changes(from: StorePath | null, to: StorePath): Promise<PackageChanges>;
  /** @see inspectSystem */
  inspect(closure: Closure, trust: OwnTrust): Promise<SystemMarker>;
  /** Makes `path`, which is here, the newest generation of the system profile; durable when it resolves. */
  setProfile(path: StorePath): Promise<void>;
  /**
   * The closure is valid in the store and the `target` root holds it. One Nix call (about 25 ms) until
   * that was seen once: while the root holds it, it cannot go, and two looks at files do.
   */
  isHere(path: StorePath): Promise<boolean>;
  /** Where a file of the store really lies. */
  locate(path: string): string;
}

/**
 * @param settings what the host's own configuration says
 * @throws NixwaveError agent-config-invalid
 */
export function openNixStore(settings: NixSettings): NixStore {
  requireSafe(settings);
  const nix = openNixCommands(settings);
  const roots = openGcRoots(settings.root);
  const locate = (path: string): string => join(settings.root, path);
  const seen = new Set<StorePath>();
  const ahead = foresight(nix, settings, roots);

  async function isHere(path: StorePath): Promise<boolean> {
    if ((await roots.target()) !== path || !isThere(locate(path))) {
      seen.delete(path);
      return false;
    }
    if (!seen.has(path) && (await isValid(nix, path))) seen.add(path);
    return seen.has(path);
  }

  return {
    locate,
    isHere,
    areRootsHeld: async () => (await roots.target()) !== null,
    holdRoots: (paths) => roots.hold(paths),
    async dropRoots() {
      seen.clear();
      await ahead.forget();
      await roots.drop();
    },
    foresee: (paths) => ahead.ask(paths),
    async pull(closure, onProgress, stop) {
      const rootLink = roots.targetLink;
      const asked = ahead.take(closure.storePath);
      const order = { closure, rootLink, onProgress, stop, asked };
      const brought = await bringClosure(nix, settings, order);
      seen.add(closure.storePath); // Nix has just gone through it, under the root that holds it
      return brought;
    },
    changes: (from, to) => ahead.changes(from, to),
    inspect: (closure, trust) => inspectSystem(settings.root, closure, trust),
    setProfile: (path) => setProfile(nix, settings.root, path),
  };
}

async function isValid(nix: NixCommands, path: StorePath): Promise<boolean> {
  const { exitCode } = await nix.run("nix-store", ["--check-validity", path]);
  return exitCode === 0;
}

const isThere = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined;

/** nix-env syncs nothing, and a commit must survive the power cut right after it. */
async function setProfile(nix: NixCommands, root: string, path: StorePath): Promise<void> {
  const profile = join(root, "nix/var/nix/profiles/system");
  await mkdir(dirname(profile), { recursive: true });
  await nix.expect("nix-env", ["--profile", profile, "--set", path, ...OFFLINE]);
  const folder = await open(dirname(profile), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
