import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { getDefaultHighWaterMark, type Readable, setDefaultHighWaterMark } from "node:stream";
import { NixwaveError } from "../src/contract/index.ts";

export interface ProgramEnd {
  /** Null when a signal or the time limit ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it, whoever sent it. */
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  /** The last part, without colours; empty when `onStderrLines` had it all. */
  readonly stderr: string;
}

interface ProgramLimits {
  readonly env: Readonly<Record<string, string>>;
  /** The program is asked to stop after this, and killed 10 s later. */
  readonly limitMs: number;
  /** Ends it early, in the same way as the limit. */
  readonly stop?: AbortSignal;
  /** The whole lines of stderr, colours and all, as many as came in `GATHER_MS`. */
  readonly onStderrLines?: (lines: readonly string[]) => void;
}

const KEPT_CHARACTERS = 64 * 1024;
const KILL_AFTER_MS = 10_000;
/**
 * Nix writes each line of its progress by itself. Whoever reads each when it comes is woken thousands of times a second, on
 * the cores that Nix needs. Longer, and Nix waits: what Linux puts between the two holds some 270 lines.
 */
const GATHER_MS = 3;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Nix colours its messages even into a pipe
const COLOURS = /\u001b\[[0-9;]*m/g;

/**
 * Runs a program without a shell and waits for its end; a bad exit code is a value.
 * @throws NixwaveError program-not-started
 */
export function runProgram(
  file: string,
  args: readonly string[],
  { env, limitMs, stop, onStderrLines }: ProgramLimits,
): Promise<ProgramEnd> {
  const child = start(file, args, env, onStderrLines !== undefined);
  const stdout = tailOf(child.stdout);
  const stderr = onStderrLines ? linesOf(child, onStderrLines) : tailOf(child.stderr);
  const limit = stopAfter(child, limitMs, stop);
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      limit.cancel();
      const message = `${file} did not start: ${cause.message}`;
      reject(new NixwaveError("program-not-started", message, { cause }));
    });
    child.once("close", (exitCode, signal) => {
      limit.cancel();
      const said = { stdout: stdout(), stderr: stderr().replace(COLOURS, "") };
      resolve({ exitCode, signal, timedOut: limit.reached(), ...said });
    });
  });
}

/** @param isGathered whether stderr is read in pieces: a stream reads on while it is paused, up to the mark it is made with */
function start(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  isGathered: boolean,
): ChildProcessByStdio<null, Readable, Readable> {
  const usual = getDefaultHighWaterMark(false);
  if (isGathered) setDefaultHighWaterMark(false, 1);
  try {
    return spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  } finally {
    setDefaultHighWaterMark(false, usual);
  }
}

function tailOf(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    text = (text + more).slice(-KEPT_CHARACTERS);
  });
  return () => text;
}

/** A pull writes tens of thousands of lines: none is kept, and nobody's buffer grows without an end of a line. */
function linesOf(
  child: ChildProcessByStdio<null, Readable, Readable>,
  onLines: (lines: readonly string[]) => void,
): () => string {
  const { stderr } = child;
  let rest = "";
  let isOver = false;
  const goOn = () => void stderr.resume();
  stderr.setEncoding("utf8").on("data", (more: string) => {
    const lines = (rest + more).split("\n");
    rest = (lines.pop() ?? "").slice(-KEPT_CHARACTERS);
    if (lines.length > 0) onLines(lines);
    if (isOver) return;
    stderr.pause();
    setTimeout(goOn, GATHER_MS);
  });
  child.once("exit", () => {
    isOver = true; // nobody is kept waiting for the last lines
    goOn();
  });
  stderr.once("end", () => {
    if (rest !== "") onLines([rest]);
  });
  return () => "";
}

function stopAfter(child: ChildProcess, limitMs: number, early: AbortSignal | undefined) {
  let reached = false;
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill("SIGTERM");
    kill ??= setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
  };
  const stop = setTimeout(() => {
    reached = true;
    end();
  }, limitMs);
  early?.addEventListener("abort", end, { once: true });
  if (early?.aborted) end();
  return {
    reached: () => reached,
    cancel: () => {
      clearTimeout(stop);
      clearTimeout(kill);
      early?.removeEventListener("abort", end);
    },
  };
}
