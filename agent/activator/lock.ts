import {
  accessSync,
  constants,
  existsSync,
  fstatSync,
  readdirSync,
  readFileSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { NixwaveError } from "../../src/contract/index.ts";

/** flock(1) ends with this when somebody else holds the lock (EX_TEMPFAIL of sysexits.h). */
export const LOCK_TAKEN_STATUS = 75;
export const HOLDING = "--holding-lock";

const FLOCK_LINE = /^\d+: FLOCK +ADVISORY +WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) 0 EOF$/;

/** @param locks the content of /proc/locks @returns the process that holds the flock of this inode */
export function holderIn(locks: string, inode: number): number | null {
  for (const line of locks.split("\n")) {
    const [, pid, locked] = FLOCK_LINE.exec(line.trim()) ?? [];
    if (locked === String(inode)) return Number(pid);
  }
  return null;
}

/** The process that holds the lock now; null when nobody does. */
export async function lockHolder(lock: string): Promise<number | null> {
  try {
    return holderIn(readFileSync("/proc/locks", "utf8"), statSync(lock).ino);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Whether this very process holds it, as its own descriptors say. Not from /proc/locks: for that the kernel stops all who
 * lock anything, which took 6 to 15 ms of each start.
 */
export function isHeldHere(lock: string): boolean {
  const { dev, ino } = statSync(lock);
  return readdirSync("/proc/self/fd").some((name) => {
    try {
      const file = fstatSync(Number(name));
      if (file.dev !== dev || file.ino !== ino) return false;
      const info = readFileSync(`/proc/self/fdinfo/${name}`, "utf8").replace(/^lock:\s*/gm, "");
      return holderIn(info, ino) === process.pid;
    } catch {
      return false; // the descriptor by which the folder was read is gone
    }
  });
}

/** `flock` and the command line that runs `command` while it holds the lock, waiting at most so long for it. */
export const underLock = (
  lock: string,
  waitSeconds: number,
  command: readonly string[],
): readonly string[] => [
  ...["flock", "--no-fork", "--exclusive", "--wait", String(waitSeconds)],
  ...["--conflict-exit-code", String(LOCK_TAKEN_STATUS), lock, ...command],
];

interface OwnCommand {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly beforeBecoming?: () => void;
}

/**
 * Goes on only when this very process holds the lock; otherwise this process becomes `flock`, which becomes
 * this program again. The kernel frees the lock however the process ends, and Node hands the descriptor to no child.
 * @throws NixwaveError activator-lock-missing
 */
export function holdLock(
  lock: string,
  waitSeconds: number,
  { args, env, beforeBecoming }: OwnCommand,
): void {
  if (existsSync(lock) && isHeldHere(lock)) return;
  if (args.includes(HOLDING)) {
    throw new NixwaveError("activator-lock-missing", `${lock} is not held by this process`);
  }
  const self = [process.execPath, ...process.execArgv, process.argv[1] ?? "", ...args, HOLDING];
  const [, ...line] = underLock(lock, waitSeconds, self);
  become("flock", line, env, beforeBecoming);
}

/** A failing execve ends the process (Node), so the program is looked up first. */
function become(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  before: () => void = () => undefined,
): never {
  const folders = (env["PATH"] ?? "").split(":").filter((one) => one.startsWith("/"));
  const file = folders.map((folder) => join(folder, program)).find(isProgram);
  if (process.execve === undefined) {
    const message = `Node.js ${process.version} cannot become ${program}, 22.15 can; or start it under ${program}`;
    throw new NixwaveError("program-not-started", message);
  }
  if (file === undefined) {
    throw new NixwaveError("program-not-started", `${program} was not found on PATH`);
  }
  before();
  return process.execve(file, [program, ...args], env);
}

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
