import type { ErrorCode, Journal, OpenAttempt, Waiting } from "../../src/contract/index.ts";
import { type Action, rest } from "./action.ts";
import { BUSY, whenBusy } from "./busy.ts";
import type { Facts, ProbeVerdict } from "./facts.ts";
import { close, firstCount, move, note } from "./journal-change.ts";
import { judgeSwitch } from "./judge-switch.ts";
import { reportable } from "./reportable.ts";
import { deadlineOf, isSameBoot, newTrial, trialOf } from "./trial-file.ts";
import type { View } from "./view.ts";

/** From the journal's word that a trial begins to the new system's passed probes. */
export function nextWhileActivating(view: View): Action {
  const { open } = view;
  if (open.step === "switching") return watched(view) ?? nextInSwitch(view);
  if (open.step === "probing") return watched(view) ?? disturbed(view) ?? nextInProbing(view);
  return watched(view) ?? disturbed(view) ?? nextInArming(view);
}

/** The trial runs and waits for its word. */
export function nextInTrial(view: View): Action {
  return watched(view) ?? disturbed(view) ?? overdue(view) ?? asked(view);
}

/** "A power cut in trial boots the old system", and what the deadman did while we were not looking. */
function watched(view: View): Action | null {
  const { journal, open, facts } = view;
  if (!isSameBoot(view)) return afterRestart(view);
  const trial = trialOf(view);
  switch (trial?.phase) {
    case "taken-over":
      return close(journal, open, takenOver(facts), facts.now);
    case "reverting":
    case "reverted":
    case "recovering":
      return undo(view, "lease-expired", "nobody confirmed it in time", trial.phase !== "reverted");
    default:
      return null;
  }
}

/** Where a reboot has no way back the new system is what boots: it goes on with its trial. */
function afterRestart(view: View): Action {
  const { journal, open, facts } = view;
  const { previous, profileBefore = null, storePath, approved } = open;
  const phase = trialOf(view)?.phase;
  if (phase === "taken-over" || ![previous, profileBefore, storePath].includes(facts.current)) {
    return close(journal, open, takenOver(facts), facts.now);
  }
  if (phase === "recovering") {
    return undo(
      view,
      "lease-expired",
      "the deadman started the host again",
      approved !== undefined,
    );
  }
  if (approved !== "no-way-back" || facts.current !== storePath) {
    return undo(view, "power-lost", "the host started again", approved !== undefined);
  }
  const change = { phase: "activating", step: "probing", bootId: facts.bootId } as const;
  return move(journal, open, { ...change, switchedBootMs: facts.bootMs }, "booted again");
}

/** "If the running system is neither prev nor target, or the profile moved, a person acted" (DESIGN 7). */
export function disturbed({ journal, open, facts }: View): Action | null {
  const isOurs = facts.current === open.previous || facts.current === open.storePath;
  const mayBoot = open.approved === undefined ? [] : [open.storePath];
  if (isOurs && [open.profileBefore ?? null, ...mayBoot].includes(facts.profile)) return null;
  return close(journal, open, takenOver(facts), facts.now);
}

const takenOver = ({ current, profile }: Facts) =>
  ({
    code: "taken-over",
    reason: "person-acted",
    message: `runs ${current}, boots ${profile}`,
  }) as const;

/**
 * Begins the way back.
 * @param isTouched whether the old system's own switch must run again
 */
export function undo(view: View, code: ErrorCode, message: string, isTouched = true): Action {
  const { journal, open } = view;
  return note(reverting(journal, open, { code, message, isTouched }), `reverting: ${code}`);
}

interface Undo {
  readonly code: ErrorCode;
  readonly message: string;
  readonly isTouched: boolean;
}

/** Where the profile or the boot default may have moved they return first; then the running system. */
export function reverting(journal: Journal, open: OpenAttempt, why: Undo): Journal {
  const cause = { code: why.code, message: reportable(why.message) };
  const hasMoved = open.phase === "committing" || open.approved !== undefined;
  const way = hasMoved
    ? ({ step: "profile", run: { verb: "unboot", count: firstCount(open) } } as const)
    : ({ step: "undoing", run: { verb: "back", count: 1 } } as const);
  const step = why.isTouched ? way : ({ step: "leaving" } as const);
  return { ...journal, open: { ...open, phase: "reverting", cause, ...step } };
}

/** Durable in this order: journal, trial.v1, the deadman's timer; only then the switch. */
function nextInArming(view: View): Action {
  const { journal, open } = view;
  if (open.goal === "revert") return undo(view, "revert-ordered", "", false);
  return (
    unarmed(view) ?? move(journal, open, { step: "switching", run: { verb: "test", count: 1 } })
  );
}

/** No deadman of this boot with a whole switch before its deadline: no switch. */
function unarmed(view: View): Action | null {
  const { facts, limits } = view;
  const trial = trialOf(view);
  const fresh = newTrial(view, "armed");
  if (!fresh) return undo(view, "nothing-ran-before", "", false);
  const isArmed = trial?.phase === "armed" && facts.isDeadmanArmed;
  // A quarter may have passed since: an arming that took a moment is not done again and again.
  const leastMs = limits.switchLimitMs * 0.75;
  const isOurs = isArmed && trial.bootId === facts.bootId;
  return isOurs && trial.deadlineMs - facts.bootMs >= leastMs ? null : { do: "arm", trial: fresh };
}

function nextInSwitch(view: View): Action {
  const { open, facts, limits } = view;
  const run = open.run ?? { verb: "test", count: 1 };
  switch (facts.run.state) {
    case "none": {
      if (open.goal === "revert") return undo(view, "revert-ordered", "", run.count > 1);
      const order = { run, system: open.storePath, verb: "test" } as const;
      return (
        disturbed(view) ?? unarmed(view) ?? { do: "start", order, limitMs: limits.switchLimitMs }
      );
    }
    case "running":
      return { do: "await" };
    case "lost":
      return undo(view, "activation-killed", "it left no result");
    case "ended":
      return disturbed(view) ?? nextAfterSwitch(view, { ...facts.run, run });
  }
}

function nextAfterSwitch(
  view: View,
  { end, output, run }: Extract<Facts["run"], { state: "ended" }> & { run: Run },
): Action {
  const { journal, open, facts } = view;
  const { storePath: target, failedBefore = [] } = open;
  const verdict = judgeSwitch({
    ...{ end, output, target, current: facts.current },
    ...{ failedBefore, failedNow: facts.failedUnits },
  });
  switch (verdict.is) {
    case "running": {
      const change = { step: "probing", switchedBootMs: facts.bootMs } as const;
      return move(journal, open, change, `switched${verdict.message && `: ${verdict.message}`}`);
    }
    case "needs-reboot": {
      const { message } = verdict;
      const end = { code: "needs-reboot", reason: "reboot-required", message } as const;
      return close(journal, open, end, facts.now);
    }
    case "failed":
      return undo(view, verdict.code, verdict.message, verdict.isTouched);
    case "busy":
      if (open.goal === "revert") return undo(view, "revert-ordered", "", false);
      return whenBusy(view, run) ?? undo(view, "switch-locked", BUSY.message, false);
  }
}

type Run = NonNullable<OpenAttempt["run"]>;
/** By the journal's reckoning or by trial.v1's own: a longer lease that comes after the deadline revives nothing. */
function overdue(view: View): Action | null {
  const { facts, open } = view;
  const trial = trialOf(view);
  const isLate =
    trial?.phase === "in-trial" &&
    trial.bootId === facts.bootId &&
    facts.bootMs >= trial.deadlineMs;
  if (!isLate && facts.bootMs < deadlineOf(open)) return null;
  return undo(view, "lease-expired", "nobody confirmed it in time");
}

/** From here on the new system speaks: its activator, its deadline, its probes. */
function nextInProbing(view: View): Action {
  const { open, facts, limits } = view;
  const leased = overdue(view) ?? extendedTrial(view);
  if (leased) return leased;
  if (open.goal === "revert") return undo(view, "revert-ordered", "");
  if (!facts.isOwnSystem) return { do: "hand-over" };
  const leftMs = deadlineOf(open) - facts.bootMs;
  return { do: "probe", limitMs: Math.min(limits.probeLimitMs, leftMs) };
}

/** Re-armed to the lease when the switch ends, and when the hub extends it. */
function extendedTrial(view: View): Action | null {
  const { open, facts } = view;
  const fresh = newTrial(view, "in-trial");
  if (!fresh) return null;
  const wanted = { ...fresh, deadlineMs: deadlineOf(open) };
  const trial = trialOf(view);
  const isOfThisBoot = trial?.bootId === facts.bootId;
  if (!isOfThisBoot || !facts.isDeadmanArmed) return { do: "arm", trial: wanted };
  if (trial.phase === "in-trial" && trial.deadlineMs === wanted.deadlineMs) return null;
  return { do: "write-trial", trial: wanted };
}

/** What the probes found, in the journal. */
export function afterProbes(journal: Journal, verdict: ProbeVerdict): Journal {
  const { open } = journal;
  if (open?.phase !== "activating" || open.step !== "probing") return journal;
  if (verdict.isPassed) return { ...journal, open: { ...open, phase: "in-trial" } };
  const failed = verdict.probes.filter(({ state }) => state !== "passed");
  const message = failed.map(({ name, message: why }) => `${name}: ${why}`).join("; ");
  return reverting(journal, open, { code: "probe-failed", message, isTouched: true });
}

function asked(view: View): Action {
  const { journal, open, facts } = view;
  const leased = extendedTrial(view);
  if (leased) return leased;
  if (open.goal === "revert") return undo(view, "revert-ordered", "");
  if (open.goal !== "commit") return rest(null, deadlineOf(open) - facts.bootMs);
  if (!facts.isOwnSystem) return { do: "hand-over" };
  if (open.origin !== "person" && !isSessionFresh(open, facts)) {
    return rest(TOO_OLD, deadlineOf(open) - facts.bootMs);
  }
  const change = { phase: "committing", step: "profile" } as const;
  return move(journal, open, change, "committing");
}

const TOO_OLD: Waiting = {
  code: "session-too-old",
  message: "the agent opens a new connection, over which the order must arrive",
  until: null,
};

/** "Only the new agent, over a session opened after activation, may deliver commit" (DESIGN 7). */
export const isSessionFresh = (
  { switchedBootMs = 0 }: OpenAttempt,
  { session, bootId }: Facts,
): boolean => session?.bootId === bootId && session.openedBootMs >= switchedBootMs;
