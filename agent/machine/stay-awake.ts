import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** The lock is asked for, not fought for: a trial does not wait longer for logind. */
const LIMIT_MS = 5000;
/** Closing the lid heeds only its own lock (logind.conf, LidSwitchIgnoreInhibited); a reboot must stay possible. */
const WHAT = "sleep:handle-lid-switch";
export const OWN_NAME = "Nixwave";
const HELD = "held";

export interface Awake {
  /** False again when logind, or a person, has ended it. */
  readonly isHeld: boolean;
  release(): void;
}

/**
 * A sleep inhibitor of logind for as long as this process lives: its holder reads a pipe from here, and the kernel
 * closes that however we end. Never a reason to fail: without logind nothing would send the machine to sleep either.
 * @param env of the programs; PATH
 * @returns null when it was not granted
 */
export async function stayAwake(
  why: string,
  env: Readonly<Record<string, string>>,
): Promise<Awake | null> {
  const args = [`--what=${WHAT}`, "--mode=block", `--who=${OWN_NAME}`, `--why=${why}`];
  const holder = ["sh", "-c", `echo ${HELD} && exec cat >/dev/null`];
  const child = spawn("systemd-inhibit", [...args, ...holder], {
    ...{ env, stdio: ["pipe", "pipe", "ignore"] },
  });
  let isHeld = false;
  child.once("exit", () => {
    isHeld = false;
  });
  child.stdin.on("error", () => undefined); // it ended first
  const limit = AbortSignal.timeout(LIMIT_MS);
  const release = (): void => {
    isHeld = false;
    child.stdin.destroy();
    child.kill();
  };
  try {
    const lines = createInterface({ input: child.stdout });
    const ended = once(child, "close", { signal: limit }).then(() => [""]);
    const [line] = (await Promise.race([once(lines, "line", { signal: limit }), ended])) as [
      string,
    ];
    isHeld = line === HELD;
  } catch {
    // no such program, or no answer
  }
  if (!isHeld) {
    release();
    return null;
  }
  return {
    get isHeld() {
      return isHeld;
    },
    release,
  };
}
