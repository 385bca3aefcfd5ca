import { join } from "node:path";
import { findInCaches } from "./find-in-caches.ts";
import { isUnknownIn, namedMissing } from "./missing-path.ts";
import { fetchOptions, type NixCommands } from "./nix-commands.ts";
import { nixFailure } from "./nix-failure.ts";
import type { Closure, NixSettings } from "./nix-settings.ts";
import { pullSizeOf, requireSpace } from "./pull-size.ts";

/**
 * Whether a pull can succeed, before its first byte: asks the caches, then Nix for the totals, then the disk.
 * @throws NixwaveError closure-missing | closure-untrusted | closure-corrupt | cache-... | nar-hash-mismatch | space-too-small
 */
export async function preflight(
  nix: NixCommands,
  settings: NixSettings,
  closure: Closure,
  stop: AbortSignal | undefined,
): Promise<void> {
  await findInCaches(settings, closure, stop);
  const args = ["--realise", closure.storePath, "--dry-run", ...fetchOptions(settings)];
  const call = { limitMs: settings.limits.pullMs, stop };
  const { stderr } = await nix.expect("nix-store", args, call);
  if (isUnknownIn(stderr)) {
    // It exits with 0 all the same: a dependency is in no cache, or a cache failed meanwhile.
    const end = { command: "nix-store", text: stderr, exitCode: 1, signal: null, stopped: null };
    throw namedMissing(nixFailure(end, nix.context), settings, stderr);
  }
  await requireSpace(join(settings.root, "nix"), pullSizeOf(stderr));
}
