import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { NixwaveError } from "../../src/contract/index.ts";
import type { RunState } from "../decide/facts.ts";
import type { Machine } from "./machine.ts";
import type { MachineSettings } from "./machine-settings.ts";
import { fileFacts } from "./shared-facts.ts";
import { isLost, outputOf, resultOf, switchFiles, untilEnded, WRAPPER } from "./switch-files.ts";

/** Processes of this machine in place of the transient units; the same files, results and rules. */
export function childRuns(settings: MachineSettings): ChildRuns {
  const { root, stateDirectory } = settings;
  const { bootId } = fileFacts(settings);
  const pidFile = (key: string): string => join(stateDirectory, "switch", `${key}.pid`);
  return {
    stateOf,
    ended: (key) => untilEnded(stateDirectory, () => stateOf(key)),
    async start({ key, system, verb, limitMs }) {
      if ((await stateOf(key)).state !== "none") return;
      mkdirSync(join(stateDirectory, "switch"), { recursive: true, mode: 0o700 });
      const { log, result, begun } = switchFiles(stateDirectory, key);
      const program = [join(root, system, "bin/switch-to-configuration"), verb];
      const limit = ["timeout", "--kill-after=30", String(Math.ceil(limitMs / 1000))];
      const args = ["-c", WRAPPER, "sh", log, result, begun, ...limit, ...program];
      const pid = await detach(settings, args, log);
      writeFileSync(pidFile(key), String(pid));
    },
  };

  async function stateOf(key: string): Promise<RunState> {
    const files = switchFiles(stateDirectory, key);
    const written = await resultOf(files);
    if (written) return asLimited(written);
    if (livingPid(pidFile(key)) !== null) return { state: "running" };
    const late = await resultOf(files); // it may have ended between the two looks
    if (late) return asLimited(late);
    if (!isLost(files, await bootId())) return { state: "none" };
    const output = await outputOf(files);
    return { state: "ended", end: { kind: "killed", signal: "unknown" }, output };
  }
}

type ChildRuns = Pick<Machine, "stateOf" | "ended" | "start">;

/** timeout(1) ends so when the program's time was over. */
const TIMED_OUT_STATUS = 124;
const asLimited = (state: RunState): RunState =>
  state.state === "ended" && state.end.kind === "exited" && state.end.status === TIMED_OUT_STATUS
    ? { ...state, end: { kind: "too-slow" } }
    : state;

type ChildDeadman = Pick<Machine, "armDeadman" | "disarmDeadman" | "isDeadmanArmed">;

/** As the timer does on a real host: every so often, whatever became of who armed it. */
export function childDeadman(settings: MachineSettings): ChildDeadman {
  const pidFile = join(settings.stateDirectory, "deadman.pid");
  const log = join(settings.stateDirectory, "deadman.log");
  return {
    async armDeadman({ command }) {
      if (livingPid(pidFile) !== null) return;
      const script = `while sleep ${TICK_SECONDS}; do "$@"; done`;
      const pid = await detach(settings, ["-c", script, "sh", ...command], log);
      writeFileSync(pidFile, String(pid));
    },
    async disarmDeadman() {
      const pid = livingPid(pidFile);
      if (pid !== null) process.kill(pid, "SIGTERM");
      rmSync(pidFile, { force: true });
    },
    isDeadmanArmed: async () => livingPid(pidFile) !== null,
  };
}

const TICK_SECONDS = 5;

async function detach(
  { root, path }: MachineSettings,
  args: readonly string[],
  log: string,
): Promise<number> {
  const env = { PATH: path, NIXOS_INSTALL_BOOTLOADER: "0", NIXWAVE_ROOT: root };
  const output = openSync(log, "a", 0o600);
  try {
    const child = spawn("/bin/sh", args, {
      env,
      detached: true,
      stdio: ["ignore", output, output],
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once("spawn", resolve).once("error", (cause) => {
      reject(new NixwaveError("program-not-started", `sh: ${cause.message}`, { cause }));
    });
    await promise;
    child.unref();
    return child.pid as number;
  } finally {
    closeSync(output);
  }
}

/** A process that has ended leaves its number to others; ours is a shell. */
function livingPid(file: string): number | null {
  const text = textOf(file);
  if (!/^\d{1,10}$/.test(text)) return null;
  const state = textOf(`/proc/${text}/stat`);
  const isGone = !state.includes("(sh)") || /\) [ZX] /.test(state);
  return isGone ? null : Number(text);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
