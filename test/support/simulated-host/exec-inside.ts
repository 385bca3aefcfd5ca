import { spawn } from "node:child_process";
import { join } from "node:path";

export interface ExecOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface ExecEnd {
  /** Null when a signal ended it: also when the host's power is cut. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Inside {
  /** The host's PID 1. */
  readonly pid: number;
  readonly cgroup: string;
  readonly disk: string;
}

/** Runs a program in all namespaces and in the cgroup of a host, so that a power cut ends it too. */
export function execInside(
  { pid, cgroup, disk }: Inside,
  command: readonly string[],
  { env = {}, input }: ExecOptions,
): Promise<ExecEnd> {
  const path = `${disk}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
  const given = Object.entries({ PATH: path, HOME: "/var/lib/lab", ...env });
  const variables = given.map(([name, value]) => `${name}=${value}`);
  const enter = ["nsenter", "--target", String(pid), "--all", "--wd=/", "--", "env", "-i"];
  const script = `echo $$ >"$0/cgroup.procs" && exec "$@"`;
  const args = ["-c", script, join(cgroup, "exec"), ...enter, ...variables, ...command];
  const child = spawn("sh", args, { stdio: ["pipe", "pipe", "pipe"], env: { PATH: path } });
  child.stdin.on("error", () => undefined); // a program that reads nothing
  child.stdin.end(input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (stdout += more));
  child.stderr.setEncoding("utf8").on("data", (more: string) => (stderr += more));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
