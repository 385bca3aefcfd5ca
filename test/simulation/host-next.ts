import type { Journal, Order, Outcome, SessionId, StorePath } from "../../src/contract/index.ts";

export type OpenAttempt = NonNullable<Journal["open"]>;
export type Goal = Order["goal"];

/** What is true of the host now, read from reality (DESIGN 7). Boot time counts suspend. */
export interface Facts {
  readonly current: StorePath;
  readonly profile: StorePath;
  readonly bootId: SessionId;
  readonly sinceBootMs: number;
}

/** trial.v1: what the deadman reads, and nothing else. */
export interface Trial {
  readonly bootId: SessionId;
  readonly prev: StorePath;
  readonly profileBefore: StorePath;
  readonly target: StorePath;
  /** In boot time. */
  readonly deadlineMs: number;
}

export type Next =
  | { readonly do: "rest" }
  | { readonly do: "pull" }
  | { readonly do: "switch" }
  | { readonly do: "keep" }
  | { readonly do: "make-default" }
  | { readonly do: "undo"; readonly reason: string }
  | { readonly do: "switch-back" }
  | {
      readonly do: "end";
      readonly code: Outcome["code"];
      readonly reason: string | null;
      /** The boot default has moved and must return first. */
      readonly profileBack?: boolean;
    };

/**
 * What an activator does next, as DESIGN 7 has it: a function of journal, order and facts. The real one
 * comes with the host; it is to be run here in place of this model, and the test beside this file, which
 * holds the model against today's reconciler, is then about the two functions.
 */
export function nextOf(
  open: OpenAttempt,
  goal: Goal | null,
  facts: Facts,
  trial: Trial | null,
): Next {
  switch (open.phase) {
    case "staging":
      return goal === "revert" ? canceled : goal === null ? rest : { do: "pull" };
    case "staged":
      if (goal === "revert") return canceled;
      return goal === "trial" ? { do: "switch" } : rest;
    case "activating":
      return disturbed(facts, trial) ?? { do: "undo", reason: "agent-restarted" };
    case "in-trial":
      return disturbed(facts, trial) ?? judgeTrial(goal, facts, trial as Trial);
    case "committing":
      return finish(open, facts, trial);
    case "reverting":
      return disturbed(facts, trial) ?? { do: "switch-back" };
    default:
      return rest;
  }
}

const rest: Next = { do: "rest" };
const canceled: Next = { do: "end", code: "canceled", reason: "revert-ordered" };

/** A power cut boots the old system; a person's system is left alone. */
function disturbed(facts: Facts, trial: Trial | null): Next | null {
  if (!trial || trial.bootId !== facts.bootId) {
    return { do: "end", code: "rolled-back", reason: "power" };
  }
  const isOurs = facts.current === trial.prev || facts.current === trial.target;
  if (isOurs && facts.profile === trial.profileBefore) return null;
  return { do: "end", code: "taken-over", reason: "person-acted" };
}

function judgeTrial(goal: Goal | null, facts: Facts, trial: Trial): Next {
  if (facts.sinceBootMs >= trial.deadlineMs) return { do: "undo", reason: "lease-expired" };
  if (goal === "commit") return { do: "keep" };
  if (goal === "revert") return { do: "undo", reason: "revert-ordered" };
  return rest;
}

/** Killed in between: same boot, repeat; rebooted into the target, finish; rebooted into the old, profile back. */
function finish(open: OpenAttempt, facts: Facts, trial: Trial | null): Next {
  const isSameBoot = trial?.bootId === facts.bootId;
  if (isSameBoot || facts.current === open.storePath) return { do: "make-default" };
  return { do: "end", code: "rolled-back", reason: "power", profileBack: true };
}
