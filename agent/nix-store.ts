import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  encodeNixBase32,
  formatPublicKey,
  type NarHash,
  NixwaveError,
  type PublicKey,
  type StorePath,
} from "../src/contract/index.ts";
import { nixFailure } from "./nix-failure.ts";
import { type ProgramEnd, runProgram } from "./run-program.ts";

export interface NixSettings {
  /** "/" on a real host; elsewhere the folder that holds the host's own nix/store. */
  readonly root: string;
  readonly substituters: readonly string[];
  readonly cacheKeys: readonly PublicKey[];
  /** Nix's own cache folder, private: two processes that meet a cache at once break each other (nix issue 3898). */
  readonly cacheDirectory: string;
  readonly path: string;
  readonly pullLimitMs: number;
}

interface Closure {
  readonly storePath: StorePath;
  readonly narHash: NarHash;
  readonly system: string;
}

export interface NixStore {
  /** Fetches and checks the whole closure, kept from garbage collection. @throws NixwaveError */
  pull(closure: Closure): Promise<void>;
  /** Makes `path` the newest generation of the system profile. @throws NixwaveError */
  setProfile(path: StorePath): Promise<void>;
  /** Lets the closure go: what is neither running nor in the profile may be collected. */
  release(): Promise<void>;
  /** Where a file of the store really lies. */
  locate(path: string): string;
}

const SHORT_LIMIT_MS = 60_000;
const PARALLEL_DOWNLOADS = "16"; // Nix before 2.16 downloads max-jobs archives at a time, 1 by default

/** Nix through its commands, one at a time; the caller queues. */
export function openNixStore(settings: NixSettings): NixStore {
  const pending = join(settings.root, "nix/var/nix/gcroots/nixwave/pending");
  const locate = (path: string): string =>
    settings.root === "/" ? path : join(settings.root, path);
  return {
    locate,
    async pull(closure) {
      await mkdir(settings.cacheDirectory, { recursive: true });
      await mkdir(dirname(pending), { recursive: true });
      await nix(settings, "nix-store", [
        ...["--realise", closure.storePath, "--add-root", pending],
        ...["--max-jobs", PARALLEL_DOWNLOADS],
        ...pullOptions(settings),
      ]);
      await verifySignatures(settings, closure.storePath);
      await compareHash(settings, closure);
      await inspect(locate, closure);
    },
    async setProfile(path) {
      const profile = join(settings.root, "nix/var/nix/profiles/system");
      await mkdir(dirname(profile), { recursive: true });
      await nix(settings, "nix-env", ["-p", profile, "--set", path, ...pullOptions(settings)]);
    },
    release: () => rm(pending, { force: true }),
  };
}

const option = (name: string, value: string): readonly string[] => ["--option", name, value];

/** Keys on the command line replace the list of nix.conf: exactly the host's own cache keys count. */
const trustedKeys = ({ cacheKeys }: NixSettings): readonly string[] =>
  option("trusted-public-keys", cacheKeys.map(formatPublicKey).join(" "));

const pullOptions = (settings: NixSettings): readonly string[] => [
  ...option("substituters", settings.substituters.join(" ")),
  ...trustedKeys(settings),
  ...option("max-substitution-jobs", PARALLEL_DOWNLOADS),
  ...option("narinfo-cache-negative-ttl", "0"), // a miss is otherwise remembered for an hour
  ...option("connect-timeout", "10"),
  ...option("stalled-download-timeout", "60"),
  ...option("download-attempts", "3"),
];

/** A path that was in the store before is not looked at by the pull: the whole closure is checked here. */
async function verifySignatures(settings: NixSettings, path: StorePath): Promise<void> {
  const flags = ["--extra-experimental-features", "nix-command", "store", "verify", "-r"];
  await nix(settings, "nix", [...flags, "--no-contents", path, ...trustedKeys(settings)]);
}

/** A store path does not bind its content; the hash that CI signed does (DESIGN 5, narHash). */
async function compareHash(settings: NixSettings, closure: Closure): Promise<void> {
  const { stdout } = await nix(settings, "nix-store", ["-q", "--hash", closure.storePath]);
  const digest = Buffer.from(closure.narHash.slice("sha256-".length), "base64");
  const signed = `sha256:${encodeNixBase32(digest)}`;
  if (stdout.trim() !== signed) {
    throw new NixwaveError(
      "nar-hash-mismatch",
      `${closure.storePath} is ${stdout.trim()} in the store, CI signed ${signed}`,
    );
  }
}

async function inspect(locate: (path: string) => string, closure: Closure): Promise<void> {
  for (const file of ["nixos-version", "init-interface-version", "system"]) {
    const content = await readFile(locate(`${closure.storePath}/${file}`), "utf8").catch(() => {
      throw new NixwaveError("not-a-nixos-system", `${closure.storePath} has no ${file}`);
    });
    if (file === "system" && content.trim() !== closure.system) {
      throw new NixwaveError(
        "wrong-system",
        `${closure.storePath} is for ${content.trim()}, this host is ${closure.system}`,
      );
    }
  }
}

async function nix(
  settings: NixSettings,
  command: string,
  args: readonly string[],
): Promise<ProgramEnd> {
  const isOwnRoot = settings.root !== "/";
  const store = isOwnRoot ? ["--store", settings.root] : [];
  const env = {
    PATH: settings.path,
    HOME: settings.cacheDirectory, // Nix wants one; nothing of a person's configuration counts
    XDG_CACHE_HOME: settings.cacheDirectory,
    // Nix looks into the machine's /nix/var even when it works on another store.
    ...(isOwnRoot ? { NIX_STATE_DIR: join(settings.cacheDirectory, "var") } : {}),
  };
  const isPull = args.includes("--realise");
  const limitMs = isPull ? settings.pullLimitMs : SHORT_LIMIT_MS;
  const end = await runProgram(command, [...args, ...store], { env, limitMs });
  if (end.exitCode !== 0) throw nixFailure(command, end.stderr, end.timedOut);
  return end;
}
