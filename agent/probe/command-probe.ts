import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { failed, passed, type Seen } from "./probe-ports.ts";

interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

const KEPT_CHARACTERS = 4096;
/** What a program printed before it ended is read so long; a child it left behind may hold the pipe for ever. */
const DRAIN_MS = 200;

/**
 * Runs a program such as "take a picture": without a shell, with an environment of its own, in a process
 * group of its own, so that at its end or its limit what it started ends with it. Exit 0 passes.
 */
export async function probeCommand(
  { program, args }: Command,
  env: Readonly<Record<string, string>>,
  stop: AbortSignal,
): Promise<Seen> {
  const child = spawn(program, args, {
    ...{ env, cwd: "/", detached: true },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = lastLine(child);
  const end = (): void => killGroup(child);
  stop.addEventListener("abort", end, { once: true });
  try {
    const [status, signal] = await ended(child);
    await drained(child);
    const tail = said() === "" ? "" : `: ${said()}`;
    if (signal !== null) return failed(`ended by ${signal}${tail}`);
    return status === 0 ? passed(`exit 0${tail}`) : failed(`exit ${status}${tail}`);
  } catch (error) {
    return failed(`did not start: ${(error as Error).message}`);
  } finally {
    stop.removeEventListener("abort", end);
    end();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

const ended = (child: ChildProcess) =>
  once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;

async function drained(child: ChildProcess): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const limit = setTimeout(resolve, DRAIN_MS);
  const closed = child.stdout?.closed && child.stderr?.closed ? undefined : once(child, "close");
  await Promise.race([late, closed]);
  clearTimeout(limit);
}

/** The last line with something in it, from either output; megabytes are read and forgotten. */
function lastLine(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (more: string) => {
      text = (text + more).slice(-KEPT_CHARACTERS);
    });
  }
  return () => text.trimEnd().split("\n").at(-1)?.trim() ?? "";
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: nobody of the group is left.
  }
}
