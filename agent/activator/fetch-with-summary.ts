import { type ChangeSummary, NixwaveError, type OpenAttempt } from "../../src/contract/index.ts";
import { parseDryActivate } from "./dry-activate.ts";
import { runKey } from "./gather-facts.ts";
import type { PullProgress } from "./ports.ts";
import type { Stage } from "./stage.ts";

const DRY_LIMIT_MS = 120_000;
const MOST_UNITS = 24;

/**
 * Everything of goal `stage` (DESIGN 7): the closure, checked and held, and what it would change, units
 * included, before anything is touched.
 * @throws NixwaveError with a code of the pull
 */
export async function fetchWithSummary(
  { parts, facts, signal }: Stage,
  open: OpenAttempt,
  progress: (progress: PullProgress) => void,
): Promise<ChangeSummary> {
  const { storePath, narHash } = open;
  const wanted = { storePath, narHash, running: facts.current };
  const fetched = await parts.closures.fetch(wanted, progress, signal);
  // a good system's own program and Nix's: neither waits for the other, and none runs on when this has ended
  const [dryRun, compared] = await Promise.allSettled([
    dryActivate({ parts }, open),
    parts.closures.changes(facts.current, storePath),
  ]);
  if (dryRun.status === "rejected") throw dryRun.reason;
  if (compared.status === "rejected") throw compared.reason;
  const units = dryRun.value;
  const shorten = (names: readonly string[]): readonly string[] => names.slice(0, MOST_UNITS);
  const { stop, restart, start, reload } = units;
  return {
    ...{ ...fetched, ...compared.value },
    ...{ stop: shorten(stop), restart: shorten(restart), start: shorten(start) },
    reload: shorten(reload),
    unitsTotal: stop.length + restart.length + start.length + reload.length,
  };
}

/** What the new system's own dry run says of the units. A host that cannot say it is no reason to refuse. */
async function dryActivate({ parts }: Pick<Stage, "parts">, open: OpenAttempt) {
  const run = { verb: "dry-activate", count: Math.min((open.pulls ?? 0) + 1, 1000) } as const;
  const key = runKey(open, run);
  const order = { run, key, system: open.storePath, verb: "dry-activate" } as const;
  try {
    await parts.machine.start({ ...order, limitMs: DRY_LIMIT_MS });
    await parts.machine.ended(key);
    const state = await parts.machine.stateOf(key);
    return parseDryActivate(state.state === "ended" ? state.output : "");
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    parts.say(`${error.code}: ${error.message}`);
    return parseDryActivate("");
  }
}
