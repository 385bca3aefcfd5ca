import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface FakeUptime {
  jump(ms: number): void;
  stop(): void;
}

const EVERY_MS = 20;

/** Puts a plain file over the /proc/uptime of the host whose PID 1 is `pid`, and keeps it current. */
export function fakeUptime(pid: number): FakeUptime {
  const file = join("/proc", String(pid), "root", "run/lab/uptime");
  const offsetS = boottimeOffset(pid);
  let jumpedS = 0;
  const write = () => {
    const now = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) + offsetS + jumpedS;
    writeFileSync(file, `${`${now.toFixed(2)} 0.00`.padEnd(24)}\n`, { flag: "r+" });
  };
  writeFileSync(file, "");
  write();
  const bind = ["mount", "--bind", "/run/lab/uptime", "/proc/uptime"];
  execFileSync("nsenter", ["--target", String(pid), "--mount", "--pid", ...bind]);
  const timer = setInterval(() => {
    try {
      write();
    } catch {
      clearInterval(timer); // the host's power was cut
    }
  }, EVERY_MS);
  timer.unref();
  return {
    jump: (ms) => {
      jumpedS += ms / 1000;
      write();
    },
    stop: () => clearInterval(timer),
  };
}

/** How far the host's boot time lies from this machine's, in seconds. */
function boottimeOffset(pid: number): number {
  const line = readFileSync(`/proc/${pid}/timens_offsets`, "utf8")
    .split("\n")
    .find((one) => one.startsWith("boottime"));
  const [, seconds = "0", nanoseconds = "0"] = line?.trim().split(/\s+/) ?? [];
  return Number(seconds) + Number(nanoseconds) / 1e9;
}
