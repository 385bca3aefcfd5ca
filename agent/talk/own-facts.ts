import { existsSync, statfsSync } from "node:fs";
import { join } from "node:path";
import type { Reported, StorePath } from "../../src/contract/index.ts";
import { readStoreLink } from "../host-facts.ts";
import { bootMoment } from "./boot-time.ts";

/** What anybody may read of the host, taken from reality for each report (DESIGN 7: never remembered). */
export interface OwnFacts {
  readonly bootId: Reported["bootId"];
  readonly current: StorePath | null;
  readonly booted: StorePath | null;
  readonly profile: StorePath | null;
  readonly freeBytes: number;
  /** False: not known from here, so the activator's word counts. */
  readonly isClockSynchronised: boolean;
}

/** @param root "/", or the folder that stands for it */
export async function readOwnFacts(root: string, clock: "system" | "assume"): Promise<OwnFacts> {
  const [current, booted, profile] = await Promise.all([
    readStoreLink(root, "run/current-system"),
    readStoreLink(root, "run/booted-system"),
    readStoreLink(root, "nix/var/nix/profiles/system"),
  ]);
  return {
    ...{ bootId: bootMoment().bootId, current, booted, profile, freeBytes: freeBytesOf(root) },
    isClockSynchronised:
      clock === "assume" || existsSync(join(root, "run/systemd/timesync/synchronized")),
  };
}

/** Where the store lies, which need not be the root's own file system. */
function freeBytesOf(root: string): number {
  const nix = join(root, "nix");
  const { bavail, bsize } = statfsSync(existsSync(nix) ? nix : root);
  return bavail * bsize;
}
