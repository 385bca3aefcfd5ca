import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { isCi } from "../../../tools/system-parts.ts";
import { needs } from "../system-parts.ts";

/**
 * Whether hosts can be simulated here: `describe.skipIf(canBootHosts().skip)`. Otherwise the reason is
 * printed, and under CI it throws: a skipped suite would look like a passed one.
 */
export function canBootHosts(): { readonly skip: boolean } {
  if (needs("systemd", "iproute2", "util-linux").skip) return { skip: true };
  const reason = whyNot();
  if (reason === null) return { skip: false };
  if (isCi(process.env["CI"])) throw new Error(`CI skips no tests; no simulated hosts: ${reason}`);
  process.stderr.write(`not run here, no simulated hosts: ${reason}\n`);
  return { skip: true };
}

let known: string | null | undefined;

function whyNot(): string | null {
  if (known === undefined) known = probe();
  return known;
}

/** Tries all that a host needs in namespaces that end with the trial. */
const TRIAL = `mount -t proc proc /proc && mount -t tmpfs tmpfs /mnt && mkdir /mnt/c /mnt/u /mnt/w &&
  mount -t cgroup2 cgroup2 /mnt/c && [ -e /mnt/c/cgroup.kill -o -e /mnt/c/cgroup.controllers ] &&
  mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w /etc`;

function probe(): string | null {
  if (process.getuid?.() !== 0) return "only root may make namespaces with a systemd in them";
  if (!existsSync("/lib/systemd/systemd")) return "/lib/systemd/systemd is not there";
  try {
    const spaces = ["--mount", "--pid", "--fork", "--cgroup", "--ipc", "--uts", "--net", "--time"];
    const args = [...spaces, "--propagation", "private", "sh", "-c", TRIAL];
    execFileSync("unshare", args, { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
    return null;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return `a trial of its mounts failed: ${said.slice(0, 400)}`;
  }
}
