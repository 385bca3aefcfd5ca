import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorCode, NixwaveError, StorePath } from "../../src/contract/index.ts";
import { NixwaveError as Failure } from "../../src/contract/index.ts";
import { missing } from "./find-in-caches.ts";
import { fetchOptions, type NixCommands } from "./nix-commands.ts";
import { nixFailure, withoutLogin } from "./nix-failure.ts";
import type { NixSettings } from "./nix-settings.ts";
import { type PullProgress, readProgress } from "./pull-progress.ts";

export interface FetchOrder {
  readonly storePath: StorePath;
  readonly rootLink: string;
  readonly onProgress: (progress: PullProgress) => void;
  readonly stop: AbortSignal | undefined;
}

/**
 * Fetches what is missing of a closure. What has come stays when it fails: the next pull resumes, by
 * the path, and within one run of Nix by the byte.
 * @throws NixwaveError
 */
export async function fetchClosure(
  nix: NixCommands,
  settings: NixSettings,
  order: FetchOrder,
): Promise<void> {
  const reader = readProgress();
  const watchdog = watchForStall(settings.limits.stallMs);
  let waitedFor: string | undefined; // before Nix, being stopped, closes them all
  watchdog.signal.addEventListener("abort", () => {
    waitedFor = reader.transfers[0];
  });
  const tell = tellChanges(order.onProgress);
  const onStderrLine = (line: string): void => {
    if (reader.read(line)) watchdog.moved();
    tell(reader.progress);
  };
  const stop = order.stop ? AbortSignal.any([order.stop, watchdog.signal]) : watchdog.signal;
  const args = ["--realise", order.storePath, "--add-root", order.rootLink];
  const format = ["--log-format", "internal-json"];
  try {
    const call = { limitMs: settings.limits.pullMs, stop, onStderrLine };
    const end = await nix.run("nix-store", [...args, ...format, ...fetchOptions(settings)], call);
    if (end.exitCode !== 0) {
      const stopped = order.stop?.aborted
        ? "asked"
        : watchdog.signal.aborted
          ? "stall"
          : end.timedOut
            ? "limit"
            : null;
      const failed = {
        ...end,
        command: "nix-store --realise",
        text: reader.text,
        stopped,
      } as const;
      throw await explained(nixFailure(failed, nix.context), settings, order, waitedFor);
    }
  } finally {
    watchdog.cancel();
  }
  tell(complete(reader.progress));
}

/** Only progress of bytes counts: Nix itself would go on for ever with a cache that hangs now and then. */
function watchForStall(stallMs: number) {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  return {
    signal: stalled.signal,
    moved: () => void timer.refresh(),
    cancel: () => clearTimeout(timer),
  };
}

/** Nix writes thousands of lines; told is what a person could see change. */
function tellChanges(onProgress: (progress: PullProgress) => void) {
  let last = "";
  return (progress: PullProgress): void => {
    const { percent, pathsDone, pathsTotal } = progress;
    const now = `${percent} ${pathsDone} ${pathsTotal}`;
    if (now !== last) onProgress(progress);
    last = now;
  };
}

const complete = ({ bytesTotal, pathsTotal }: PullProgress): PullProgress => ({
  percent: 100,
  bytesDone: bytesTotal,
  bytesTotal,
  pathsDone: pathsTotal,
  pathsTotal,
});

/** After these Nix's own memory of the cache may be what is wrong: it keeps a narinfo for 30 days, signature and all. */
const FORGETTING: readonly ErrorCode[] = [
  "closure-corrupt",
  "closure-missing",
  "closure-untrusted",
  "cache-unusable",
  "cache-wrong-store",
];

async function explained(
  failure: NixwaveError,
  settings: NixSettings,
  { storePath }: FetchOrder,
  from: string | undefined,
): Promise<NixwaveError> {
  if (FORGETTING.includes(failure.code)) await forgetCaches(settings.cacheDirectory);
  if (failure.code === "closure-missing") {
    const general = missing(settings, storePath);
    return general.code === "cache-not-configured" ? general : failure;
  }
  if (failure.code !== "pull-stalled" || from === undefined) return failure;
  return new Failure(failure.code, `${failure.message}; it waited for ${withoutLogin(from)}`);
}

const CACHE_FILE = /^binary-cache-v\d+\.sqlite/;

async function forgetCaches(cacheDirectory: string): Promise<void> {
  const folder = join(cacheDirectory, "nix");
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => CACHE_FILE.test(one))) await rm(join(folder, name));
}
