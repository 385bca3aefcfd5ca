import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { NixwaveError, type StorePath } from "../../src/contract/index.ts";
import { narHashOf } from "./nar-hash.ts";
import { narHashBase32 } from "./narinfo.ts";
import { fetchOptions, NEW_COMMAND, type NixCommands, trustOptions } from "./nix-commands.ts";
import { readClosure } from "./nix-database.ts";
import { nixFailure } from "./nix-failure.ts";
import { type Closure, jobsOf, type NixSettings } from "./nix-settings.ts";
import { doubtOf, type SeenSigned } from "./vouched-for.ts";

const UNTRUSTED = /path '(\/nix\/store\/[^']+)' is untrusted/g;
/** `nix store verify` adds up: 1 corrupted, 2 untrusted, 4 failed. */
const IS_UNTRUSTED = 2;
const SHOWN_PATHS = 3;
const FEW_JOBS = 4;

/**
 * What is looked at before a closure that is here counts as good.
 * @param signed what became of its signatures, where they are looked at already
 * @throws NixwaveError closure-unsigned-here | nar-hash-mismatch; of the signatures first
 */
export async function checkClosure(
  nix: NixCommands,
  settings: NixSettings,
  closure: Closure,
  signed?: Promise<void>,
): Promise<void> {
  const signatures = signed ?? checkSignatures(nix, settings, closure.storePath);
  if (hasLittleMemory(settings)) await signatures;
  const ends = await Promise.allSettled([signatures, checkContent(settings, closure)]);
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** There two more programs of Nix at once would be the peak of the whole pull: one after the other. */
export const hasLittleMemory = (settings: NixSettings): boolean => jobsOf(settings) <= FEW_JOBS;

/**
 * Every path of the closure is signed by a key that the host trusts (or was built here). A pull looks at
 * signatures only while it copies a path in: what was in the store before is looked at here. In this process, because a
 * program of Nix takes 20 ms of processor; only a doubt goes to Nix, and then Nix's word and Nix's text count.
 * @param seen of which no signature is verified again
 * @throws NixwaveError closure-unsigned-here
 */
export async function checkSignatures(
  nix: NixCommands,
  settings: NixSettings,
  path: StorePath,
  seen?: SeenSigned,
): Promise<void> {
  const doubt = await doubtIn(settings, path, seen);
  if (doubt === null) return;
  const verify = [...NEW_COMMAND, "store", "verify", "-r", "--no-contents", path];
  const first = await nix.run("nix", [...verify, ...trustOptions(settings)], { isBeside: true });
  if (first.exitCode === 0) {
    settings.say?.(
      `signatures of ${path} looked at by nix store verify, which finds them good: ${doubt}`,
    );
    return;
  }
  if (first.exitCode !== IS_UNTRUSTED) {
    throw nixFailure({ ...first, command: "nix", text: first.stderr, stopped: null }, nix.context);
  }
  // Installers copy a first system without signatures. A cache's signature over the same content does as well.
  const caches = settings.substituters.flatMap((cache) => ["--substituter", cache]);
  const again = await nix.run("nix", [...verify, ...caches, ...fetchOptions(settings)]);
  if (again.exitCode === 0) return;
  const { stderr } = again.exitCode === IS_UNTRUSTED ? again : first;
  const paths = [...stderr.matchAll(UNTRUSTED)].map(([, one]) => one ?? "");
  const more = paths.length > SHOWN_PATHS ? ` and ${paths.length - SHOWN_PATHS} more` : "";
  const shown = paths.slice(0, SHOWN_PATHS).join(", ") + more;
  const names = nix.context.keyNames.join(", ") || "no cache key";
  const message = `in this host's store before, and signed by none of ${names}: ${shown}. Push and sign it, or delete it here`;
  throw new NixwaveError("closure-unsigned-here", message);
}

/** @returns null where there is none */
async function doubtIn(
  settings: NixSettings,
  path: StorePath,
  seen?: SeenSigned,
): Promise<string | null> {
  await breathe(); // what was begun before starts its program first: the database is read in one go
  try {
    return await doubtOf(await readClosure(settings.root, path), settings.cacheKeys, seen);
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    return `${error.code}, ${error.message}`;
  }
}

/**
 * A store path does not bind its content; the hash that CI signed does (DESIGN 5, narHash). Hashes the
 * files themselves, not what Nix's database says of them: a system's own path is small.
 * @throws NixwaveError nar-hash-mismatch
 */
async function checkContent(settings: NixSettings, closure: Closure): Promise<void> {
  const found = await narHashOf(join(settings.root, closure.storePath));
  const signed = narHashBase32(closure.narHash);
  if (found === signed) return;
  const message = `${closure.storePath} is ${found} in this host's store, CI signed ${signed}`;
  throw new NixwaveError("nar-hash-mismatch", message);
}
