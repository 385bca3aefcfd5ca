import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const SAYS_WITHIN_MS = 60_000;

/** `nixwave` in a process of its own, whose words can be awaited while it runs. */
export interface LiveCommand extends AsyncDisposable {
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves as soon as standard output matches. @throws Error with all that was said, when it ends or the time is over */
  until(words: RegExp): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Its exit status. */
  readonly ended: Promise<number | null>;
}

export function startCommand(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): LiveCommand {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: options.cwd,
    env: { ...options.env, PATH: process.env["PATH"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  const looks = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      said[name] += chunk.toString("utf8");
      for (const look of [...looks]) look();
    });
  }
  const ended = once(child, "close").then(([status]) => {
    for (const look of [...looks]) look();
    return status as number | null;
  });
  const until = async (words: RegExp): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (): void => reject(new Error(`no ${words} in\n${said.stdout}\n${said.stderr}`));
    const look = (): void => {
      if (words.test(said.stdout)) resolve();
      else if (child.exitCode !== null) fail();
    };
    const late = setTimeout(fail, SAYS_WITHIN_MS);
    looks.add(look);
    look();
    await promise.finally(() => {
      clearTimeout(late);
      looks.delete(look);
    });
  };
  return {
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    until,
    ended,
    signal: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill("SIGKILL");
      await ended;
    },
  };
}
