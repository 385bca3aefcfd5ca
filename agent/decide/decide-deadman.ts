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
  if (!trial) return { do: "stop" };
  if (trial.bootId !== facts.bootId) return inNextBoot(trial, facts);
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
  const isReverting = trial.phase === "reverting";
  const isOurs = current === trial.prev || current === trial.target;
  // on the way back the profile of a commit, or of a reboot, is still there or has gone back already
  const onWayBack = isReverting ? [trial.target, trial.prev] : [];
  if (!isOurs || ![trial.profile, ...onWayBack].includes(profile)) return { do: "leave-to-person" };
  const wasBooted = facts.booted === trial.target && trial.prev !== trial.target;
  if (!wasBooted) return { do: "return", by: "switch" };
  const bootsOld = profile !== trial.target;
  if (bootsOld && trial.rebootToRecover) return { do: "return", by: "reboot" };
  // the approval of a reboot without a way back said that nothing undoes it
  const isForGood = !bootsOld && !trial.rebootToRecover && !isReverting;
  return isForGood ? { do: "stop" } : { do: "return", by: "switch" };
}

/**
 * A reboot's own lease, in the boot that it led to: whoever comes up there arms a deadman of that boot. Where nobody does,
 * because the new system's activator is broken, the next reboot leads back, the old system being the default.
 */
function inNextBoot(trial: Trial, facts: DeadmanFacts): DeadmanVerdict {
  if (!isItsBoot(trial, facts)) return { do: "stop" };
  return facts.bootMs < trial.deadlineMs ? { do: "wait" } : { do: "return", by: "reboot" };
}

/** The one boot of a prepared one-shot: the new system runs and was booted, and the old one is the default. */
export const isItsBoot = (
  { bootId, phase, prev, profile, target }: Trial,
  facts: Pick<DeadmanFacts, "bootId" | "current" | "booted" | "profile">,
): boolean =>
  phase === "rebooting" &&
  bootId !== facts.bootId &&
  ![prev, profile].includes(target) &&
  facts.current === target &&
  facts.booted === target &&
  facts.profile === profile;
