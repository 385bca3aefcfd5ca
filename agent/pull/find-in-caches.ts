import { readFile } from "node:fs/promises";
import { NixwaveError, type PublicKey } from "../../src/contract/index.ts";
import { type Asking, askCache, canBeAsked } from "./ask-cache.ts";
import { isSigned, type Narinfo, narHashBase32, signerNames } from "./narinfo.ts";
import { type Login, parseNetrc } from "./netrc.ts";
import { withoutLogin } from "./nix-failure.ts";
import type { Closure, NixSettings } from "./nix-settings.ts";

const LONGEST_ANSWER_MS = 15_000;
const PUBLIC_CACHES = ["cache.nixos.org"];

/**
 * Asks the caches in their order, before Nix does: all of Nix's own failures here look alike (exit code 1,
 * "don't know how to build these paths").
 * @returns the first cache that has the closure, signed and with the content that CI signed; null when only Nix can tell
 * @throws NixwaveError with the failure that tells most, naming every cache that was asked
 */
export async function findInCaches(
  settings: NixSettings,
  closure: Closure,
  stop: AbortSignal | undefined,
): Promise<string | null> {
  const limitMs = Math.min(settings.limits.stallMs, LONGEST_ANSWER_MS);
  const asking = { logins: await readLogins(settings.netrcFile), limitMs, stop };
  const failures: NixwaveError[] = [];
  for (const cache of settings.substituters.filter(canBeAsked)) {
    try {
      await requireClosure(cache, closure, settings.cacheKeys, asking);
      return cache;
    } catch (error) {
      if (!(error instanceof NixwaveError) || stop?.aborted) throw error;
      failures.push(error);
    }
  }
  if (!settings.substituters.every(canBeAsked)) return null;
  throw mostTelling(failures, settings, closure);
}

async function requireClosure(
  cache: string,
  { storePath, narHash }: Closure,
  keys: readonly PublicKey[],
  asking: Asking,
): Promise<void> {
  const shown = withoutLogin(cache);
  const info = await askCache(cache, storePath, asking);
  if (info === null) {
    throw new NixwaveError("closure-missing", `${shown} does not have ${storePath}`);
  }
  if (!isSigned(info, keys)) {
    throw new NixwaveError("closure-untrusted", untrusted(shown, info, keys));
  }
  const signed = narHashBase32(narHash);
  if (info.narHashBase32 !== signed) {
    const message = `${shown} has ${storePath} with content ${info.narHashBase32}, CI signed ${signed}`;
    throw new NixwaveError("nar-hash-mismatch", message);
  }
}

function untrusted(shown: string, info: Narinfo, keys: readonly PublicKey[]): string {
  const names = signerNames(info);
  const trusted = keys.map(({ name }) => name).join(", ") || "no cache key";
  const by = names.length === 0 ? "not signed" : `signed by ${names.join(", ").slice(0, 300)}`;
  const same = names.filter((name) => keys.some((key) => key.name === name));
  const false_ =
    same.length === 0
      ? ""
      : `; the signature named ${same.join(", ")} is false, or the key of that name has changed`;
  return `${info.storePath} is ${by} on ${shown}, this host trusts ${trusted}${false_}`;
}

/** What a person has to act upon first. A cache that was not reached may have it: before "missing". */
const ORDER = [
  "nar-hash-mismatch",
  "closure-untrusted",
  "closure-corrupt",
  "cache-login-refused",
  "cache-wrong-store",
  "cache-unusable",
  "cache-unreachable",
  "closure-missing",
];

function mostTelling(
  failures: readonly NixwaveError[],
  settings: NixSettings,
  { storePath }: Closure,
): NixwaveError {
  const sorted = failures.toSorted((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));
  const worst = sorted[0];
  if (worst === undefined || worst.code === "closure-missing") return missing(settings, storePath);
  const rest = sorted.slice(1).map(({ message }) => message);
  const message = [worst.message, ...rest].join("; also: ").slice(0, 900);
  return new NixwaveError(worst.code, message, { cause: worst });
}

/** Everybody's first mistake: CI pushes to a private cache and the host asks the public one only. */
export function missing(settings: NixSettings, path: string): NixwaveError {
  const caches = settings.substituters.map(withoutLogin);
  const isPrivate = settings.substituters.some((cache) => !isPublic(settings, cache));
  if (isPrivate) {
    const message = `${path} is in none of this host's caches (${caches.join(", ")}): push it before the release is published, or wait until the push is done`;
    return new NixwaveError("closure-missing", message);
  }
  const only = caches.length === 0 ? "no cache at all" : `only the public ${caches.join(", ")}`;
  const message = `this host asks ${only}, and ${path} is not there: add the private cache that CI pushes to`;
  return new NixwaveError("cache-not-configured", message);
}

function isPublic({ publicCaches = PUBLIC_CACHES }: NixSettings, cache: string): boolean {
  return URL.canParse(cache) && publicCaches.includes(new URL(cache).host);
}

async function readLogins(file: string | null): Promise<readonly Login[]> {
  if (file === null) return [];
  try {
    return parseNetrc(await readFile(file, "utf8"));
  } catch (error) {
    const message = `the netrc file ${file} cannot be read: ${(error as Error).message}`;
    throw new NixwaveError("cache-login-refused", message, { cause: error });
  }
}
