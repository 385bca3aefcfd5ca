import { lstatSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { NixwaveError } from "../../src/contract/index.ts";
import { checkClosure, checkSignatures, hasLittleMemory } from "./check-closure.ts";
import { type FetchOrder, fetchClosure, forgetCaches } from "./fetch-closure.ts";
import { findInCaches } from "./find-in-caches.ts";
import { type Foreseen, isHeld } from "./foreseen.ts";
import { lookAhead } from "./look-ahead.ts";
import type { NixCommands } from "./nix-commands.ts";
import type { Closure, NixSettings } from "./nix-settings.ts";
import { preflight } from "./preflight.ts";
import type { PullProgress } from "./pull-progress.ts";
import { freeBytesOf, NOTHING, type PullSize, requireSpace } from "./pull-size.ts";

export interface BringOrder {
  readonly closure: Closure;
  /** The link of the root that holds the closure. */
  readonly rootLink: string;
  readonly onProgress: (progress: PullProgress) => void;
  readonly stop: AbortSignal | undefined;
  /** What Nix was asked of the closure a moment ago, as far as it was here; null for nothing. */
  readonly asked: Pick<Foreseen, "held" | "signed"> | null;
}

/**
 * Fetches what is missing of a closure, then checks it as a whole. Programs of Nix cost 20 ms of processor each: what
 * does not depend on each other runs at the same time, and what Nix says anyway is not asked for again.
 * @throws NixwaveError closure-... | cache-... | nar-hash-mismatch | space-too-small | disk-full | nix-... | pull-...
 */
export async function bringClosure(
  nix: NixCommands,
  settings: NixSettings,
  order: BringOrder,
): Promise<PullSize> {
  const { closure } = order;
  mkdirSync(dirname(order.rootLink), { recursive: true });
  const file = join(settings.root, closure.storePath);
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
    if (await takeWhatIsHere(nix, settings, order)) return NOTHING;
  }
  const ahead = hasLittleMemory(settings) ? null : lookAhead(settings, closure.storePath);
  const onCopied = (paths: readonly string[]) => ahead?.copied(paths);
  const size = await fetchMissing(nix, settings, { ...order, onCopied }).catch(
    async (error: unknown) => {
      if (error instanceof NixwaveError) await forgetCaches(settings.cacheDirectory, error);
      throw error;
    },
  );
  const signed = checkSignatures(nix, settings, closure.storePath, await ahead?.seen());
  await checkClosure(nix, settings, closure, signed);
  return size;
}

/** @returns false when not all of it is in the store after all, and what the checks said of it counts for nothing */
async function takeWhatIsHere(
  nix: NixCommands,
  settings: NixSettings,
  { closure, rootLink, asked }: BringOrder,
): Promise<boolean> {
  const held = () => asked?.held ?? isHeld(nix, closure.storePath, rootLink);
  const check = () => checkClosure(nix, settings, closure, asked?.signed);
  if (hasLittleMemory(settings)) {
    if (!(await held())) return false;
    await check();
    return true;
  }
  const [isAllHere, checked] = await Promise.allSettled([held(), check()]);
  if (isAllHere.status === "rejected") throw isAllHere.reason;
  if (!isAllHere.value) return false;
  if (checked.status === "rejected") throw checked.reason;
  return true;
}

type FetchingOrder = BringOrder & Pick<FetchOrder, "onCopied">;

async function fetchMissing(
  nix: NixCommands,
  settings: NixSettings,
  order: FetchingOrder,
): Promise<PullSize> {
  const folder = join(settings.root, "nix");
  const { roomyBytes = ROOMY_BYTES } = settings;
  if ((await freeBytesOf(folder)) >= roomyBytes) return fetchAsking(nix, settings, order);
  await preflight(nix, settings, order.closure, order.stop);
  const halt = new AbortController().signal;
  return fetchClosure(nix, settings, {
    ...{ ...order, storePath: order.closure.storePath, halt, onSize: () => undefined },
  });
}

/** A system seldom needs more. Where less is free nothing is fetched before it is known to fit. */
const ROOMY_BYTES = 4 * 1024 ** 3;

/**
 * Nix begins while the caches are still asked. Whatever they say against it stops it, and so do totals that do not
 * fit: Nix names those before it fetches the first archive.
 */
async function fetchAsking(
  nix: NixCommands,
  settings: NixSettings,
  order: FetchingOrder,
): Promise<PullSize> {
  const [halt, asking] = [new AbortController(), new AbortController()];
  const stop = order.stop ? AbortSignal.any([order.stop, asking.signal]) : asking.signal;
  const found = findInCaches(settings, order.closure, stop);
  found.catch((error: unknown) => halt.abort(error));
  const onSize = (size: PullSize): void => {
    requireSpace(join(settings.root, "nix"), size).catch((error: unknown) => halt.abort(error));
  };
  try {
    return await fetchClosure(nix, settings, {
      ...{ ...order, storePath: order.closure.storePath, halt: halt.signal, onSize },
    });
  } catch (error) {
    if (!halt.signal.aborted) await found; // of the two failures theirs tells more
    throw error;
  } finally {
    asking.abort();
  }
}
