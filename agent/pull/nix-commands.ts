import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { formatPublicKey, NixwaveError } from "../../src/contract/index.ts";
import { type ProgramEnd, runProgram } from "../run-program.ts";
import { nixFailure, type PullContext, withoutLogin } from "./nix-failure.ts";
import { jobsOf, type NixSettings } from "./nix-settings.ts";

type NixProgram = "nix" | "nix-store" | "nix-env";

interface NixCall {
  readonly limitMs?: number;
  readonly stop?: AbortSignal | undefined;
  readonly onStderrLines?: (lines: readonly string[]) => void;
  /** It only reads the store and meets no cache: it waits for no other program, and none waits for it. */
  readonly isBeside?: boolean;
}

/** Nix's programs on one host's store, one at a time but for those that say they may run beside others. */
export interface NixCommands {
  /** @returns how it ended, whatever its exit code @throws NixwaveError nix-missing */
  run(program: NixProgram, args: readonly string[], call?: NixCall): Promise<ProgramEnd>;
  /** @throws NixwaveError with the failure's class when it does not exit with 0 */
  expect(program: NixProgram, args: readonly string[], call?: NixCall): Promise<ProgramEnd>;
  readonly context: PullContext;
}

const SHORT_LIMIT_MS = 60_000;
/** No program of Nix needs more attempts than this: between pulls the host waits longer than Nix would. */
const ATTEMPTS = "3";
const CONNECT_LIMIT_S = 10;

/** @param settings of the host */
export function openNixCommands(settings: NixSettings): NixCommands {
  const isOwnRoot = settings.root !== "/";
  const env = {
    PATH: settings.path,
    HOME: settings.cacheDirectory, // Nix wants one; nothing of a person's configuration counts
    XDG_CACHE_HOME: settings.cacheDirectory,
    // glibc gives threads memory of their own; a pull has one for each job. 6 MB less at 16 jobs (docs/benchmarks.md)
    MALLOC_ARENA_MAX: "2",
    // by the variable, because Nix before 2.17 does not know the setting
    ...(settings.caBundle === undefined ? {} : { NIX_SSL_CERT_FILE: settings.caBundle }),
    // Nix looks into the machine's /nix/var even when it works on another store.
    ...(isOwnRoot ? { NIX_STATE_DIR: join(settings.cacheDirectory, "var") } : {}),
  };
  const store = isOwnRoot ? ["--store", settings.root] : [];
  const context = {
    caches: settings.substituters.map(withoutLogin),
    keyNames: settings.cacheKeys.map(({ name }) => name),
  };
  const next = oneAtATime();

  async function start(program: NixProgram, args: readonly string[], call: NixCall) {
    const { limitMs = SHORT_LIMIT_MS, stop, onStderrLines } = call;
    mkdirSync(settings.cacheDirectory, { recursive: true, mode: 0o700 });
    const options = {
      env,
      limitMs,
      ...(stop && { stop }),
      ...(onStderrLines && { onStderrLines }),
    };
    return await runProgram(program, [...args, ...store], options).catch((error: unknown) => {
      throw new NixwaveError("nix-missing", (error as Error).message, { cause: error });
    });
  }

  function run(program: NixProgram, args: readonly string[], call: NixCall = {}) {
    const work = () => start(program, args, call);
    return call.isBeside ? work() : next(work);
  }

  return {
    context,
    run,
    async expect(program, args, call = {}) {
      const end = await run(program, args, call);
      if (end.exitCode === 0) return end;
      const stopped = call.stop?.aborted ? "asked" : end.timedOut ? "limit" : null;
      throw nixFailure({ ...end, command: program, text: end.stderr, stopped }, context);
    },
  };
}

/** Two Nix processes that meet a cache for the first time at once: one of them dies (nix issue 3898). */
function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}

const option = (name: string, value: string): readonly string[] => ["--option", name, value];

/** Keys on the command line replace the list of nix.conf: exactly the host's own cache keys count. */
export const trustOptions = ({ cacheKeys }: NixSettings): readonly string[] => [
  ...option("trusted-public-keys", cacheKeys.map(formatPublicKey).join(" ")),
  ...option("require-sigs", "true"),
];

/** How Nix fetches: from these caches only, with these logins only, and never waiting longer than we do. */
export const fetchOptions = (settings: NixSettings): readonly string[] => [
  ...option("substituters", settings.substituters.join(" ")),
  ...trustOptions(settings),
  ...option("netrc-file", settings.netrcFile ?? "/dev/null"),
  ...["--max-jobs", String(jobsOf(settings))], // Nix before 2.16 fetches so many archives at a time, 1 by default
  ...option("max-substitution-jobs", String(jobsOf(settings))),
  ...option("narinfo-cache-negative-ttl", "0"), // a miss is otherwise remembered for an hour
  ...option("connect-timeout", String(Math.min(CONNECT_LIMIT_S, stallSeconds(settings)))),
  ...option("stalled-download-timeout", String(stallSeconds(settings))),
  ...option("download-attempts", ATTEMPTS),
];

/** Half of our own watchdog's patience, so that Nix has tried the connection again before we give up. */
const stallSeconds = ({ limits }: NixSettings): number =>
  Math.max(1, Math.floor(limits.stallMs / 2000));

/** Nothing may be fetched by the way: what is not here is a failure. */
export const OFFLINE = [...option("substitute", "false"), ...option("substituters", "")] as const;

/** The subcommands of `nix` are still marked as experimental. */
export const NEW_COMMAND = ["--extra-experimental-features", "nix-command"] as const;
