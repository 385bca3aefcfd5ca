import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** All that a run of the tests leaves on the machine carries this and the process's id. */
const MARK = "nwlab";
export const OURS = `${MARK}-${process.pid}`;
const OF_A_RUN = /^nwlab-(\d+)(?:-|$)/;

let cleaned = false;

/** The folder of the machine's cgroup2 tree; mounted beside the old one where a machine has only version 1. */
function cgroupRoot(): string {
  const mounted = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .find(([, place, kind]) => kind === "cgroup2" && !place?.includes(MARK));
  if (mounted?.[1] !== undefined) return mounted[1];
  const place = join(tmpdir(), `${MARK}-cgroup2`);
  mkdirSync(place, { recursive: true });
  if (!existsSync(join(place, "cgroup.procs"))) run("mount", "-t", "cgroup2", "cgroup2", place);
  return place;
}

/** Runs a program of the machine. */
export const run = (file: string, ...args: readonly string[]): string =>
  execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/** A cgroup of ours: `os` for systemd, `exec` for what the test starts beside it. */
export function makeCgroup(name: string): string {
  const folder = join(cgroupRoot(), `${OURS}-${name}`);
  mkdirSync(join(folder, "os"), { recursive: true });
  mkdirSync(join(folder, "exec"), { recursive: true });
  return folder;
}

const isPopulated = (folder: string): boolean =>
  readFileSync(join(folder, "cgroup.events"), "utf8").includes("populated 1");

/** Kills every process of the cgroup at once, as a power cut does; resolves when none is left. */
export async function killCgroup(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const giveUp = Date.now() + 10_000;
  while (isPopulated(folder)) {
    writeFileSync(join(folder, "cgroup.kill"), "1");
    if (Date.now() > giveUp) throw new Error(`${folder} still has processes`);
    await new Promise((resolve) => setTimeout(resolve, 5)); // a cgroup tells Node of no event
  }
}

export function removeCgroup(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroup(join(folder, entry.name));
  }
  execFileSync("rmdir", [folder]);
}

/** An empty folder of this run. */
export const makeFolder = (name: string): Promise<string> =>
  mkdtemp(join(tmpdir(), `${OURS}-${name}-`));

/** Removes what runs that were killed left: processes, cgroups, network, folders. Once in a process. */
export async function cleanLeftovers(): Promise<void> {
  if (cleaned) return;
  cleaned = true;
  const isLeft = (name: string): boolean => {
    const owner = OF_A_RUN.exec(name)?.[1];
    return owner !== undefined && !existsSync(`/proc/${owner}`);
  };
  const leftIn = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder).filter(isLeft) : [];
  const root = cgroupRoot();
  for (const name of leftIn(root)) {
    await killCgroup(join(root, name));
    removeCgroup(join(root, name));
  }
  for (const name of leftIn("/run/netns")) run("ip", "netns", "del", name);
  for (const name of leftIn(tmpdir())) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}
