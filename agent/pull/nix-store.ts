import { lstat, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { StorePath, SystemMarker } from "../../src/contract/index.ts";
import { checkContent, checkSignatures } from "./check-closure.ts";
import { diffClosures, type PackageChanges } from "./closure-diff.ts";
import { fetchClosure } from "./fetch-closure.ts";
import { findInCaches, missing } from "./find-in-caches.ts";
import { type HeldPaths, openGcRoots } from "./gc-roots.ts";
import { inspectSystem, type OwnTrust } from "./inspect-system.ts";
import { fetchOptions, type NixCommands, OFFLINE, openNixCommands } from "./nix-commands.ts";
import { nixFailure } from "./nix-failure.ts";
import { type Closure, jobsOf, type NixSettings, requireSafe } from "./nix-settings.ts";
import type { PullProgress } from "./pull-progress.ts";
import { type PullSize, pullSizeOf, requireSpace } from "./pull-size.ts";

/**
 * Nix on this host, through its commands and one at a time. The order of goal stage (DESIGN 7):
 * holdRoots, preflight, pull, inspect. Every failure is a NixwaveError; `retryDelayMs` (retry.ts) says
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
   * Whether the pull can succeed, and how much it is: asks the caches, then Nix for the totals, then the disk.
   * Asks nobody when the closure is here already.
   * @throws NixwaveError closure-missing | closure-untrusted | closure-corrupt | cache-... | nar-hash-mismatch | space-too-small
   */
  preflight(closure: Closure, stop?: AbortSignal): Promise<PullSize>;
  /**
   * Fetches what is missing, then checks every signature of the closure and its narHash. Resumes.
   * @param onProgress called when percent or paths change
   * @param stop ends it with pull-interrupted
   */
  pull(
    closure: Closure,
    onProgress: (progress: PullProgress) => void,
    stop?: AbortSignal,
  ): Promise<void>;
  /** @see inspectSystem */
  inspect(closure: Closure, trust: OwnTrust): Promise<SystemMarker>;
  /** Makes `path`, which is here, the newest generation of the system profile; durable when it resolves. */
  setProfile(path: StorePath): Promise<void>;
  /**
   * The closure is valid in the store and the `target` root holds it. One Nix call (about 25 ms) until
   * that was seen once: while the root holds it, it cannot go, and two looks at files do.
   */
  isHere(path: StorePath): Promise<boolean>;
  /** What changes between two closures that are here. */
  closureDiff(from: StorePath, to: StorePath): Promise<PackageChanges>;
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

  async function isHere(path: StorePath): Promise<boolean> {
    if ((await roots.target()) !== path || !(await isThere(locate(path)))) {
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
    dropRoots() {
      seen.clear();
      return roots.drop();
    },
    preflight: (closure, stop) => preflight(nix, settings, closure, stop),
    async pull(closure, onProgress, stop) {
      const { storePath } = closure;
      await mkdir(dirname(roots.targetLink), { recursive: true });
      await fetchClosure(nix, settings, {
        storePath,
        rootLink: roots.targetLink,
        onProgress,
        stop,
      });
      await checkClosure(nix, settings, closure);
      seen.add(storePath); // Nix has just gone through the closure, under the root that holds it
    },
    inspect: (closure, trust) => inspectSystem(settings.root, closure, trust),
    setProfile: (path) => setProfile(nix, settings.root, path),
    closureDiff: (from, to) => diffClosures(nix, from, to),
  };
}

const FEW_JOBS = 4;

/** @throws NixwaveError as the two checks; of the signatures first */
async function checkClosure(
  nix: NixCommands,
  settings: NixSettings,
  closure: Closure,
): Promise<void> {
  const signatures = () => checkSignatures(nix, settings, closure.storePath);
  const content = () => checkContent(nix, settings, closure);
  if (jobsOf(settings) <= FEW_JOBS) {
    // Where memory is short, two more programs at once would be the peak of the whole pull.
    await signatures();
    return content();
  }
  // Hashing looks at files only: it may run beside Nix's own look at its database.
  for (const end of await Promise.allSettled([signatures(), content()])) {
    if (end.status === "rejected") throw end.reason;
  }
}

async function preflight(
  nix: NixCommands,
  settings: NixSettings,
  closure: Closure,
  stop: AbortSignal | undefined,
): Promise<PullSize> {
  const { storePath } = closure;
  if ((await isThere(join(settings.root, storePath))) && (await isValid(nix, storePath))) {
    return { downloadBytes: 0, unpackedBytes: 0 };
  }
  await findInCaches(settings, closure, stop);
  const args = ["--realise", storePath, "--dry-run", ...fetchOptions(settings)];
  const call = { limitMs: settings.limits.pullMs, stop };
  const { stderr } = await nix.expect("nix-store", args, call);
  if (/don't know how to build these paths/.test(stderr)) {
    // It exits with 0 all the same: a dependency is in no cache, or a cache failed meanwhile.
    const end = { command: "nix-store", text: stderr, exitCode: 1, signal: null, stopped: null };
    const failure = nixFailure(end, nix.context);
    throw failure.code === "closure-missing" ? missingPart(settings, stderr, failure) : failure;
  }
  const size = pullSizeOf(stderr);
  await mkdir(join(settings.root, "nix"), { recursive: true });
  await requireSpace(join(settings.root, "nix"), size);
  return size;
}

/** Says of which path: the closure itself was found, so it is one that it refers to. */
function missingPart(settings: NixSettings, text: string, failure: Error): Error {
  const path = /^ {2}(\/nix\/store\/\S+)$/m.exec(text.slice(text.indexOf("don't know")))?.[1];
  return path === undefined ? failure : missing(settings, path);
}

async function isValid(nix: NixCommands, path: StorePath): Promise<boolean> {
  const { exitCode } = await nix.run("nix-store", ["--check-validity", path]);
  return exitCode === 0;
}

const isThere = (file: string): Promise<boolean> =>
  lstat(file).then(
    () => true,
    () => false,
  );

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
