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

interface FactsPlace {
  /** "/", or the folder that stands for it. */
  readonly root: string;
  /** It is this machine: what its kernel says of the clock counts. */
  readonly isReal: boolean;
  readonly clock: "system" | "assume";
  /** Where programs are looked for. */
  readonly path: string;
}

/** @param isClockKnown the activator's word is that the clock is right: nobody has to be asked */
export async function readOwnFacts(place: FactsPlace, isClockKnown: boolean): Promise<OwnFacts> {
  const { root } = place;
  const [current, booted, profile, isClockSynchronised] = await Promise.all([
    readStoreLink(root, "run/current-system"),
    readStoreLink(root, "run/booted-system"),
    readStoreLink(root, "nix/var/nix/profiles/system"),
    isClockKnown ? false : isClockRight(place),
  ]);
  const freeBytes = freeBytesOf(root);
  return { bootId: bootMoment().bootId, current, booted, profile, freeBytes, isClockSynchronised };
}

const ANSWER_LIMIT_MS = 2000;

/** timesyncd leaves a mark; for all others, chrony among them, the kernel knows, whom timedatectl asks. */
async function isClockRight({ root, isReal, clock, path }: FactsPlace): Promise<boolean> {
  if (clock === "assume" || existsSync(join(root, "run/systemd/timesync/synchronized")))
    return true;
  if (!isReal) return false;
  const { runProgram } = await import("../run-program.ts");
  const args = ["show", "-p", "NTPSynchronized", "--value"];
  const limits = { env: { PATH: path }, limitMs: ANSWER_LIMIT_MS };
  const said = await runProgram("timedatectl", args, limits).catch(() => null);
  return said?.stdout.trim() === "yes";
}

/** Where the store lies, which need not be the root's own file system. */
function freeBytesOf(root: string): number {
  const nix = join(root, "nix");
  const { bavail, bsize } = statfsSync(existsSync(nix) ? nix : root);
  return bavail * bsize;
}
