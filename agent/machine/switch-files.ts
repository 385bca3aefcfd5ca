import { closeSync, fstatSync, openSync, readFileSync, readSync, watch } from "node:fs";
import { join } from "node:path";
import type { RunEnd, RunState } from "../decide/facts.ts";

/**
 * Runs a program so that its output and its result are on disk by themselves, whoever dies meanwhile (a pipe's
 * reader may be the very unit that the switch restarts). Arguments: log, result, begun, then the program. Where no log
 * can be opened it runs all the same: a read-only disk must not keep a host from its way back, and a failing `exec`
 * would end the shell.
 */
export const WRAPPER = `if true 2>/dev/null >>"$1"; then exec >>"$1" 2>&1; fi
result=$2
cat /proc/sys/kernel/random/boot_id >"$3"
shift 3
"$@"
status=$?
printf '%s\n' "$status" >"$result.new" && sync "$result.new" && mv -f "$result.new" "$result"
exit "$status"`;

export interface SwitchFiles {
  readonly log: string;
  readonly result: string;
  readonly begun: string;
}

/** @param key of the run; it names no other folder */
export const switchFiles = (stateDirectory: string, key: string): SwitchFiles => {
  const base = join(stateDirectory, "switch", key);
  return { log: `${base}.log`, result: `${base}.result`, begun: `${base}.begun` };
};

const SIGNALS: Readonly<Record<number, string>> = { 6: "ABRT", 9: "KILL", 11: "SEGV", 15: "TERM" };

/** @param text the content of a result file; above 128 the shell says by which signal the program died */
export function endOf(text: string): RunEnd | null {
  if (!/^\d{1,3}\n?$/.test(text)) return null;
  const status = Number(text);
  if (status === 126 || status === 127) return { kind: "not-started", message: `status ${status}` };
  if (status <= 128) return { kind: "exited", status };
  return { kind: "killed", signal: SIGNALS[status - 128] ?? String(status - 128) };
}

const KEPT_BYTES = 64 * 1024;

/** The last part of what it printed; "" when it printed nothing. */
export async function outputOf({ log }: SwitchFiles): Promise<string> {
  try {
    const file = openSync(log, "r");
    try {
      const position = Math.max(0, fstatSync(file).size - KEPT_BYTES);
      const buffer = Buffer.alloc(KEPT_BYTES);
      const bytesRead = readSync(file, buffer, { position });
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

/** What the result file says; null when there is none, or none that the wrapper wrote. */
export async function resultOf(files: SwitchFiles): Promise<RunState | null> {
  const text = readIfThere(files.result);
  const end = text === null ? null : endOf(text);
  return end && { state: "ended", end, output: await outputOf(files) };
}

/** It began in this boot, and neither runs nor left a result. */
export function isLost({ begun }: SwitchFiles, bootId: string): boolean {
  return readIfThere(begun)?.trim() === bootId;
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

const LOOK_AGAIN_MS = 1000;

/**
 * Asks again whenever a file beside the result changes, and every second: a killed unit leaves no file. It watches
 * before it asks, or what happens in between would be seen a second late.
 */
export async function untilEnded(
  stateDirectory: string,
  state: () => Promise<RunState>,
): Promise<void> {
  if ((await state()).state !== "running") return;
  let wake = (): void => undefined;
  const watcher = watch(join(stateDirectory, "switch"), () => wake()).on("error", () => wake());
  try {
    for (;;) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      if ((await state()).state !== "running") return;
      const timer = setTimeout(resolve, LOOK_AGAIN_MS);
      await promise;
      clearTimeout(timer);
    }
  } finally {
    watcher.close();
  }
}
