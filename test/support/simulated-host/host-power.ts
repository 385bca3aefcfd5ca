import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SimulatedHost } from "./host-shape.ts";

type HostExec = SimulatedHost["exec"];

interface PowerSettings {
  readonly disk: string;
  readonly name: string;
  readonly cgroup: string;
  readonly namespace: string | null;
  readonly consoleFile: string;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Starts boot.sh in namespaces of its own. */
export function powerOn({
  disk,
  name,
  cgroup,
  namespace,
  consoleFile,
}: PowerSettings): ChildProcess {
  const enter = namespace === null ? [] : ["nsenter", `--net=/run/netns/${namespace}`];
  const uptimeS = Number(readFileSync("/proc/uptime", "utf8").split(".")[0]);
  // The kernel refuses a time before the boot of the machine itself.
  const clocks = ["--boottime", `-${uptimeS}`, "--monotonic", `-${uptimeS}`];
  const spaces = ["--mount", "--pid", "--fork", "--cgroup", "--ipc", "--uts", "--time", ...clocks];
  const net = namespace === null ? ["--net"] : [];
  const init = ["sh", join(import.meta.dirname, "boot.sh"), disk, name, randomUUID()];
  const unshare = ["unshare", ...spaces, ...net, "--propagation", "private", ...init];
  const script = `echo $$ >"$0/cgroup.procs" && exec "$@"`;
  const said = openSync(consoleFile, "a");
  try {
    return spawn("sh", ["-c", script, join(cgroup, "os"), ...enter, ...unshare], {
      stdio: ["ignore", said, said],
      detached: true,
      env: { PATH },
    });
  } finally {
    closeSync(said);
  }
}

const POLL_MS = 10;
const LIMIT_MS = 20_000;

/** No event tells that boot.sh has become systemd, so this asks, with a bound. */
export async function pidOfSystemd(machine: ChildProcess, consoleFile: string): Promise<number> {
  const unshare = machine.pid as number;
  return await eventually(consoleFile, () => {
    const [child] = readFileSync(`/proc/${unshare}/task/${unshare}/children`, "utf8").split(" ");
    const found = Number(child);
    if (!(found > 0)) return null;
    return readFileSync(`/proc/${found}/comm`, "utf8") === "systemd\n" ? found : null;
  });
}

/** Resolves when systemd has come to rest. */
export async function untilUp(exec: HostExec, consoleFile: string): Promise<void> {
  await eventually(consoleFile, async () => {
    const { stdout } = await exec("systemctl", ["is-system-running", "--wait"]);
    return /^(?:running|degraded)$/.test(stdout.trim()) ? true : null;
  });
}

async function eventually<T>(
  consoleFile: string,
  ask: () => Promise<T | null> | T | null,
): Promise<T> {
  const giveUp = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = await Promise.resolve()
      .then(ask)
      .catch(() => null);
    if (answer !== null) return answer;
    if (Date.now() > giveUp) {
      const said = readFileSync(consoleFile, "utf8").slice(-2000);
      throw new Error(`the host does not come up: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
