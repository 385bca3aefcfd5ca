import type { SessionId, StorePath, Trial } from "../../src/contract/index.ts";

/** All that the deadman looks at; boot time in ms, suspend counted. */
export interface DeadmanFacts {
  readonly bootId: SessionId;
  readonly bootMs: number;
  readonly current: StorePath | null;
  readonly booted: StorePath | null;
  readonly profile: StorePath | null;
}

export type DeadmanVerdict =
  /** Not its business (any more): its timer is stopped. */
  | { readonly do: "stop" }
  | { readonly do: "wait" }
  /** A person acted: written down, nothing touched. */
  | { readonly do: "leave-to-person" }
  /** The old system's own `test`; `reboot` where the new one was booted and that one is no live change. */
  | { readonly do: "return"; readonly by: "switch" | "reboot" };

/**
 * What the deadman does at a tick (DESIGN 7, Deadman). It knows `trial.v1` and reality and nothing else, so
 * that no newer or damaged journal can keep a host in a system that nobody confirmed. Pure.
 */
export function decideDeadman(trial: Trial | null, facts: DeadmanFacts): DeadmanVerdict {
  if (!trial || trial.bootId !== facts.bootId) return { do: "stop" };
  switch (trial.phase) {
    case "committing":
    case "reverted":
    case "taken-over":
      return { do: "stop" };
    case "rebooting":
      return { do: "wait" }; // nothing that runs has been changed in this boot
    case "recovering":
      return { do: "return", by: "reboot" };
    case "armed":
    case "in-trial":
      return facts.bootMs < trial.deadlineMs ? { do: "wait" } : overdue(trial, facts);
    case "reverting":
      return overdue(trial, facts);
  }
}

function overdue(trial: Trial, facts: DeadmanFacts): DeadmanVerdict {
  const { current, profile } = facts;
  const isOurs = current === trial.prev || current === trial.target;
  const isProfileOurs =
    profile === trial.profile || (trial.phase === "reverting" && profile === trial.target);
  if (!isOurs || !isProfileOurs) return { do: "leave-to-person" };
  const wasBooted = facts.booted === trial.target && trial.prev !== trial.target;
  if (!wasBooted) return { do: "return", by: "switch" };
  // without a one-shot entry a reboot would only bring the same system again
  return trial.rebootToRecover ? { do: "return", by: "reboot" } : { do: "stop" };
}
