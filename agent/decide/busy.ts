import type { OpenAttempt, Waiting } from "../../src/contract/index.ts";
import { type Action, rest } from "./action.ts";
import { move, without } from "./journal-change.ts";
import type { View } from "./view.ts";

/** Between two tries while another switch-to-configuration holds NixOS's lock (its status 11). */
const BUSY_AGAIN_MS = 10_000;
/** Runs after a reboot's preparation count from 501 (`firstCount`). */
const COUNTS_APART = 500;

export const BUSY: Waiting = { code: "switch-locked", message: "another switch runs", until: null };

/**
 * First the journal says when to try again, then, after that, that it is being tried again.
 * @returns null when patience, as long as a switch may take, is at its end
 */
export function whenBusy({ journal, open, facts, limits }: View, run: Run): Action | null {
  if ((run.count % COUNTS_APART) * BUSY_AGAIN_MS >= limits.switchLimitMs) return null;
  if (open.retryAtBootMs === undefined) {
    return move(journal, open, { retryAtBootMs: facts.bootMs + BUSY_AGAIN_MS }, "switch-locked");
  }
  const leftMs = open.retryAtBootMs - facts.bootMs;
  // more than that is the boot time of a boot that is over, days ahead of this one's
  if (leftMs > 0 && leftMs <= BUSY_AGAIN_MS) return rest(BUSY, leftMs);
  const again = { ...run, count: run.count + 1 };
  return move(journal, without(open, "retryAtBootMs"), { run: again }, "switching again");
}

type Run = NonNullable<OpenAttempt["run"]>;

export const isBusy = ({ facts: { run } }: View): boolean =>
  run.state === "ended" && run.end.kind === "exited" && run.end.status === 11;
