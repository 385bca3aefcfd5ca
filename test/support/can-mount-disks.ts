import { spawnSync } from "node:child_process";
import { isCi } from "../../tools/system-parts.ts";

/**
 * Whether a test may mount a small disk of its own: as root, outside of most containers. Where not, it prints why the suite
 * does not run; under CI it throws, because a skipped suite would look like a passed one.
 */
export function canMountDisks(): boolean {
  const inAPlaceOfItsOwn = ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"];
  const { status, stderr } = spawnSync("unshare", inAPlaceOfItsOwn, { encoding: "utf8" });
  if (status === 0) return true;
  if (isCi(process.env["CI"])) throw new Error(`CI skips no tests; no small disk: ${stderr}`);
  process.stderr.write(`not run here, a full disk needs root and mount: ${stderr}\n`);
  return false;
}
