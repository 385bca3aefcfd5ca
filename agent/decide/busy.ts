import type { OpenAttempt, Waiting } from "../../src/contract/index.ts";
import { type Action, rest } from "./action.ts";
import { move, without } from "./journal-change.ts";
import type { View } from "./view.ts";

/** Between two repeats while another switch-to-configuration holds NixOS's lock (its status 11). */
const BUSY_AGAIN_MS = 10_000;
/**
 * A run's count says which try it is and which repeat of that try: a switch that another one kept out has
 * tried nothing, so its repeats stay within one block. Runs after a reboot's preparation begin at 501 (`firstCount`).
 */
const REPEATS_OF_A_TRY = 250;

export const BUSY: Waiting = { code: "switch-locked", message: "another switch runs", until: null };

/**
 * First the journal says when to try again, then, after that, that it is being tried again.
 * @returns null when patience, as long as a switch may take and at most 40 minutes, is at its end
 */
export function whenBusy({ journal, open, facts, limits }: View, run: Run): Action | null {
  const repeats = (run.count - 1) % REPEATS_OF_A_TRY;
  const isOver = (repeats + 1) * BUSY_AGAIN_MS >= limits.switchLimitMs;
  if (isOver || repeats === REPEATS_OF_A_TRY - 1) return null;
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

export const isDone = ({ facts: { run } }: View): boolean =>
  run.state === "ended" && run.end.kind === "exited" && run.end.status === 0;

/** The second try of a `boot` or `unboot`; null when this was it: "`boot` fails twice" (DESIGN 7). */
export function secondTry({ verb, count }: Run): Run | null {
  const block = Math.floor((count - 1) / REPEATS_OF_A_TRY);
  return block % 2 === 1 ? null : { verb, count: (block + 1) * REPEATS_OF_A_TRY + 1 };
}
