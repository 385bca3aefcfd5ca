import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import type { DeadmanParts } from "./deadman.ts";
import { readTrial } from "./host-memory.ts";
import { LOCK_TAKEN_STATUS, lockHolder, underLock } from "./lock.ts";
import type { Places } from "./places.ts";

const PATIENCE_SECONDS = 30;
const MOST_TRIES = 3;

/**
 * Runs `command` under the lock. Whoever holds it beyond patience is killed: a new system's activator that hangs
 * must not keep the host in it (DESIGN 7). One that is on the way back itself gets the time a switch may take.
 * @returns the command's exit status
 */
export async function seizeLock(
  places: Pick<Places, "lock" | "trial">,
  parts: Pick<DeadmanParts, "files" | "switchLimitMs" | "say">,
  command: readonly string[],
): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const trial = await readTrial(parts.files, places.trial);
    const isReturning = trial?.phase === "reverting" || trial?.phase === "recovering";
    const seconds = PATIENCE_SECONDS + (isReturning ? Math.ceil(parts.switchLimitMs / 1000) : 0);
    const line = underLock(places.lock, seconds, [
      process.execPath,
      ...process.execArgv,
      ...command,
    ]);
    const status = await run(line);
    if (status !== LOCK_TAKEN_STATUS) return status;
    const holder = await lockHolder(places.lock);
    parts.say(`the lock was not given up within ${seconds} s; killing process ${holder}`);
    if (holder !== null) process.kill(holder, "SIGKILL");
  }
  return LOCK_TAKEN_STATUS;
}

async function run([program = "", ...args]: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  return code ?? 1;
}
