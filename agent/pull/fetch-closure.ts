import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ErrorCode, NixwaveError, StorePath } from "../../src/contract/index.ts";
import { NixwaveError as Failure } from "../../src/contract/index.ts";
import type { ProgramEnd } from "../run-program.ts";
import { missing } from "./find-in-caches.ts";
import { isUnknownIn, namedMissing } from "./missing-path.ts";
import { fetchOptions, type NixCommands } from "./nix-commands.ts";
import { type NixEnd, nixFailure, withoutLogin } from "./nix-failure.ts";
import type { NixSettings } from "./nix-settings.ts";
import { type PullProgress, readProgress } from "./pull-progress.ts";
import { NOTHING, type PullSize, pullSizeOf } from "./pull-size.ts";

export interface FetchOrder {
  readonly storePath: StorePath;
  readonly rootLink: string;
  readonly onProgress: (progress: PullProgress) => void;
  /** Hears of the paths that Nix has copied and made valid. */
  readonly onCopied: (paths: readonly string[]) => void;
  readonly stop: AbortSignal | undefined;
  /** Ends it as well; the signal's reason is the failure then. */
  readonly halt: AbortSignal;
  /** How much is to come, told before the first byte of it does. */
  readonly onSize: (size: PullSize) => void;
}

/**
 * Fetches what is missing of a closure. What has come stays when it fails: the next pull resumes, by
 * the path, and within one run of Nix by the byte.
 * @throws NixwaveError, or the reason of `halt`
 */
export async function fetchClosure(
  nix: NixCommands,
  settings: NixSettings,
  order: FetchOrder,
): Promise<PullSize> {
  const watchdog = watchForStall(settings.limits.stallMs);
  const heard = listenTo(order, watchdog);
  const stops = [order.halt, heard.isInVain, watchdog.signal, ...(order.stop ? [order.stop] : [])];
  const args = ["--realise", order.storePath, "--add-root", order.rootLink];
  const format = ["--log-format", "internal-json"];
  try {
    const { onStderrLines } = heard;
    const call = { limitMs: settings.limits.pullMs, stop: AbortSignal.any(stops), onStderrLines };
    const end = await nix.run("nix-store", [...args, ...format, ...fetchOptions(settings)], call);
    order.halt.throwIfAborted();
    if (end.exitCode !== 0) {
      const stopped = stoppedBy(end, order, watchdog.signal);
      const failed = { ...end, command: "nix-store --realise", text: heard.text(), stopped };
      const failure = namedMissing(nixFailure(failed, nix.context), settings, failed.text);
      throw explained(failure, settings, order, heard.waitedFor());
    }
  } finally {
    watchdog.cancel();
  }
  return heard.complete();
}

function stoppedBy(end: ProgramEnd, { stop }: FetchOrder, stalled: AbortSignal): NixEnd["stopped"] {
  if (stop?.aborted) return "asked";
  if (stalled.aborted) return "stall";
  return end.timedOut ? "limit" : null;
}

/** What Nix says while it fetches. */
function listenTo(
  { onProgress, onSize, onCopied }: FetchOrder,
  watchdog: ReturnType<typeof watchForStall>,
) {
  const inVain = new AbortController();
  let size: PullSize | null = null;
  let isUnknown = false;
  const reader = readProgress((words) => {
    if (isUnknown) inVain.abort(); // Nix itself would fetch all the rest before it fails
    isUnknown ||= isUnknownIn(words);
    const said = pullSizeOf(words);
    if (size !== null || said === NOTHING) return;
    size = said;
    onSize(said);
  });
  let waitedFor: string | undefined; // before Nix, being stopped, closes them all
  watchdog.signal.addEventListener("abort", () => {
    waitedFor = reader.transfers[0];
  });
  const tell = tellChanges(onProgress);
  return {
    isInVain: inVain.signal,
    onStderrLines(lines: readonly string[]): void {
      let hasMoved = false;
      for (const line of lines) hasMoved = reader.read(line) || hasMoved;
      if (!hasMoved) return;
      watchdog.moved();
      tell(reader.progress);
      onCopied(reader.takeCopied());
    },
    text: () => reader.text,
    waitedFor: () => waitedFor,
    complete(): PullSize {
      tell(complete(reader.progress));
      return size ?? NOTHING;
    },
  };
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

function explained(
  failure: NixwaveError,
  settings: NixSettings,
  { storePath }: FetchOrder,
  from: string | undefined,
): NixwaveError {
  if (failure.code === "closure-missing") {
    const general = missing(settings, storePath);
    return general.code === "cache-not-configured" ? general : failure;
  }
  if (failure.code !== "pull-stalled" || from === undefined) return failure;
  return new Failure(failure.code, `${failure.message}; it waited for ${withoutLogin(from)}`);
}

const CACHE_FILE = /^binary-cache-v\d+\.sqlite/;

/** Lets Nix ask the caches anew, where what it remembers of them may be at fault. */
export async function forgetCaches(cacheDirectory: string, { code }: NixwaveError): Promise<void> {
  if (!FORGETTING.includes(code)) return;
  const folder = join(cacheDirectory, "nix");
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => CACHE_FILE.test(one))) await rm(join(folder, name));
}
