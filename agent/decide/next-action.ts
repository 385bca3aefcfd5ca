import type { Journal } from "../../src/contract/index.ts";
import { type Action, type Limits, rest } from "./action.ts";
import { isItsBoot } from "./decide-deadman.ts";
import type { Facts } from "./facts.ts";
import { nextInCommit } from "./next-commit.ts";
import { nextInReboot } from "./next-reboot.ts";
import { nextInRevert } from "./next-revert.ts";
import { nextInStaging, nextWhenStaged } from "./next-stage.ts";
import { nextInTrial, nextWhileActivating } from "./next-trial.ts";
import { isKnown, isOrphan } from "./trial-file.ts";
import type { View } from "./view.ts";

/**
 * What the activator does next (DESIGN 7): a pure and total function of the journal, into which orders
 * have been folded, and of the facts, which are read from reality before every call. The caller does
 * it and asks again until the answer is rest.
 */
export function nextAction(journal: Journal, facts: Facts, limits: Limits): Action {
  const { open } = journal;
  if (!open) return nextAtRest(journal, facts);
  const view: View = { journal, open, facts, limits };
  switch (open.phase) {
    case "staging":
      return nextInStaging(view);
    case "staged":
      return nextWhenStaged(view);
    case "activating":
      return nextWhileActivating(view);
    case "rebooting":
      return nextInReboot(view);
    case "in-trial":
      return nextInTrial(view);
    case "committing":
      return nextInCommit(view);
    case "reverting":
      return nextInRevert(view);
    case "idle":
    case "locked":
      return rest(); // an open attempt is in neither
  }
}

/**
 * A trial of this boot, or the boot of a reboot's trial, that no closed attempt explains is the deadman's alone: the
 * journal was lost or damaged, and `trial.v1` still knows where to return to.
 */
function nextAtRest(journal: Journal, facts: Facts): Action {
  const { trial, isDeadmanArmed, areRootsHeld, bootId } = facts;
  if (trial && isItsBoot(trial, facts) && !isKnown(journal, trial)) {
    return { do: "arm", trial: { ...trial, bootId, phase: "in-trial" } };
  }
  if (trial && isOrphan(journal, facts, trial)) {
    return isDeadmanArmed ? rest() : { do: "arm", trial };
  }
  return trial || isDeadmanArmed || areRootsHeld ? { do: "tidy" } : rest();
}
