import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";

interface Resident {
  readonly all: number;
  readonly anonymous: number;
}

/** A program that has just said that it is ready. */
export interface GatedProcess {
  /** From its beginning until it said so. */
  readonly startMs: number;
  /** Resident now, in MiB. */
  memory(): Resident;
  /** How often any of its threads has gone to sleep so far. */
  sleeps(): number;
  end(): Promise<void>;
}

/** The places of a real host, empty: what runs inside sees them at `/`, and the machine's own are untouched. */
const GATE = `
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /nix &&
mkdir -p /run/nixwave/out /nix/var/nixwave-report && echo open && read go && exec "$@"`;
const READY_WITHIN_MS = 30_000;

/**
 * Starts `command` as on a host: its root is `/`, so that systemd, not the agent, would run the activator. The
 * clock begins after the namespace is made, with nothing left to do but exec(2).
 */
export async function startGated(command: readonly string[]): Promise<GatedProcess> {
  const privilege = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const args = ["--mount", ...privilege, "sh", "-c", GATE, "sh", ...command];
  const env = { PATH: process.env["PATH"] };
  const child = spawn("unshare", args, { env, stdio: ["pipe", "pipe", "pipe"] });
  const said = sayings(child);
  await said.until(child.stdout, /open/);
  const beganMs = performance.now();
  child.stdin.write("go\n");
  await said.until(child.stderr, /^ready/m);
  const startMs = performance.now() - beganMs;
  const read = (name: string): string => readFileSync(`/proc/${child.pid}/${name}`, "utf8");
  return {
    startMs,
    memory: () => residentMemory(child.pid ?? 0),
    sleeps: () =>
      readdirSync(`/proc/${child.pid}/task`)
        .map((task) => numberIn(read(`task/${task}/status`), "voluntary_ctxt_switches"))
        .reduce((sum, one) => sum + one, 0),
    end: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Of a process, in MiB. */
export function residentMemory(pid: number): Resident {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return { all: mebibytes(text, "Rss"), anonymous: mebibytes(text, "Anonymous") };
}

function sayings(child: ChildProcess) {
  return {
    /** @throws Error with what it said instead */
    until(stream: NodeJS.ReadableStream | null, wanted: RegExp): Promise<void> {
      let said = "";
      return new Promise((resolve, reject) => {
        const fail = (why: string): void =>
          reject(new Error(`${child.spawnargs.join(" ")} ${why}: ${said}`));
        const limit = setTimeout(() => fail("said nothing in time"), READY_WITHIN_MS);
        child.once("exit", () => fail("ended"));
        for (const one of [child.stdout, child.stderr]) {
          one?.on("data", (more: Buffer) => {
            said += more.toString();
            if (one !== stream || !wanted.test(said)) return;
            clearTimeout(limit);
            resolve();
          });
        }
      });
    },
  };
}

const numberIn = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? Number.NaN);

const mebibytes = (text: string, name: string): number => numberIn(text, name) / 1024;
