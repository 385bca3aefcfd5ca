import { type ChildProcess, spawn } from "node:child_process";
import { NixwaveError } from "../src/contract/index.ts";

export interface ProgramEnd {
  /** Null when a signal or the time limit ended it. */
  readonly exitCode: number | null;
  /** The signal that ended it, whoever sent it. */
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  /** The last part, without colours; empty when `onStderrLine` had it all. */
  readonly stderr: string;
}

interface ProgramLimits {
  readonly env: Readonly<Record<string, string>>;
  /** The program is asked to stop after this, and killed 10 s later. */
  readonly limitMs: number;
  /** Ends it early, in the same way as the limit. */
  readonly stop?: AbortSignal;
  /** Each whole line of stderr as it comes, colours and all. */
  readonly onStderrLine?: (line: string) => void;
}

const KEPT_CHARACTERS = 64 * 1024;
const KILL_AFTER_MS = 10_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Nix colours its messages even into a pipe
const COLOURS = /\u001b\[[0-9;]*m/g;

/**
 * Runs a program without a shell and waits for its end; a bad exit code is a value.
 * @throws NixwaveError program-not-started
 */
export function runProgram(
  file: string,
  args: readonly string[],
  { env, limitMs, stop, onStderrLine }: ProgramLimits,
): Promise<ProgramEnd> {
  const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const stdout = tailOf(child.stdout);
  const stderr = onStderrLine ? linesOf(child.stderr, onStderrLine) : tailOf(child.stderr);
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

function tailOf(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    text = (text + more).slice(-KEPT_CHARACTERS);
  });
  return () => text;
}

/** A pull writes tens of thousands of lines: none is kept, and nobody's buffer grows without an end of a line. */
function linesOf(stream: NodeJS.ReadableStream, onLine: (line: string) => void): () => string {
  let rest = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    const lines = (rest + more).split("\n");
    rest = (lines.pop() ?? "").slice(-KEPT_CHARACTERS);
    for (const line of lines) onLine(line);
  });
  stream.once("end", () => {
    if (rest !== "") onLine(rest);
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
