import type { Journal, OpenAttempt, Trial } from "../../src/contract/index.ts";
import type { Facts } from "./facts.ts";
import type { View } from "./view.ts";

/** How `trial.v1` names an attempt. */
export const attemptKey = ({
  rollout,
  attempt,
}: Pick<OpenAttempt, "rollout" | "attempt">): string => `${rollout}/${attempt}`;

/** `trial.v1` where it speaks of this attempt. */
export const trialOf = ({ open, facts }: Pick<View, "open" | "facts">): Trial | null =>
  facts.trial?.attempt === attemptKey(open) ? facts.trial : null;

/**
 * What the deadman will read. It is armed for the switch's own limit and the lease together, because a
 * running switch ends before the revert starts (DESIGN 7, Deadman).
 */
export function newTrial({ open, facts, limits }: View, phase: Trial["phase"]): Trial | null {
  const { previous, profileBefore = null, storePath } = open;
  if (previous === null) return null;
  return {
    attempt: attemptKey(open),
    bootId: facts.bootId,
    prev: previous,
    // where a reboot has no way back the profile has moved before it
    profile:
      open.approved === "no-way-back" && open.phase !== "rebooting" ? storePath : profileBefore,
    target: storePath,
    // a reboot's is in the boot that it leads to: until then its activator arms a deadman of that boot
    deadlineMs: (phase === "rebooting" ? 0 : facts.bootMs) + limits.switchLimitMs + leaseOf(open),
    phase,
    rebootToRecover: limits.rebootToRecover && open.approved !== "no-way-back",
  };
}

/** The lease runs from the end of the switch. */
export const deadlineOf = (open: OpenAttempt): number => (open.switchedBootMs ?? 0) + leaseOf(open);

const DEFAULT_LEASE_MS = 600_000;
export const leaseOf = ({ lease }: OpenAttempt): number => lease ?? DEFAULT_LEASE_MS;

/** The trial began in this boot. */
export const isSameBoot = ({ open, facts }: { open: OpenAttempt; facts: Facts }): boolean =>
  open.bootId === facts.bootId;

/** The journal has an attempt for it, open or ended. */
export const isKnown = ({ open, closed }: Journal, { attempt }: Trial): boolean =>
  [...closed, ...(open ? [open] : [])].some((one) => attemptKey(one) === attempt);

const DEADMANS_PHASES: readonly Trial["phase"][] = ["armed", "in-trial", "reverting", "recovering"];

/** A trial of this boot that no attempt explains: the journal was lost or damaged, and the deadman's way back goes on. */
export const isOrphan = (journal: Journal, { bootId }: Facts, trial: Trial): boolean =>
  trial.bootId === bootId && DEADMANS_PHASES.includes(trial.phase) && !isKnown(journal, trial);
