import type { HostReport } from "./event.ts";
import { whyHeldByClock } from "./host-clock.ts";
import { endHost } from "./host-end.ts";
import { deferLost } from "./missed.ts";
import type { Group } from "./plan.ts";
import { errorReason, isWatched, type Reason } from "./reason.ts";
import type { HostEntry, HostStep } from "./rollout-state.ts";
import { verifyTrial } from "./trial.ts";
import type { Turn } from "./turn.ts";
import { type EndState, isBeforeTrial, isEnd, isTrial } from "./words.ts";

/** Refusals that end nothing: an old copy was delivered, or the order is issued anew in time. */
const HARMLESS: ReadonlySet<string> = new Set([
  "order-replayed",
  "order-stale",
  "order-equivocation",
  "clock-unsynchronised",
  "attempt-closed",
  "not-in-trial",
]);

const END_OF = {
  succeeded: "Succeeded",
  "already-installed": "AlreadyInstalled",
  failed: "Failed",
  rejected: "Rejected",
  canceled: "Canceled",
  "needs-reboot": "NeedsReboot",
  "rolled-back": "RolledBack",
  "taken-over": "TakenOver",
  inconsistent: "Inconsistent",
} as const satisfies Record<NonNullable<HostReport["outcome"]>["code"], EndState>;

/** What a live report means for the host's step. Success comes from here alone, never from a wire. */
export function judgeReport(turn: Turn, position: number, report: HostReport): void {
  noteTaken(turn, position, report);
  const step = turn.step(position);
  if (isEnd(step.state)) return;
  const { refusal } = report;
  const own = refusal !== null && refusal.counter === step.order?.counter;
  if (own && !HARMLESS.has(refusal.code) && hasShownNothing(step)) {
    endHost(turn, position, "Rejected", errorReason(refusal.code, refusal.message));
    return;
  }
  if (!isOfAttempt(turn, step, report)) return;
  if (isTrial(step.state)) turn.move(position, { silentAt: turn.silentAt(position) });
  if (report.outcome) judgeOutcome(turn, position, report);
  else judgePhase(turn, position, report);
}

/**
 * An order is taken when the host has accepted its counter or answered it. A hub whose clock or journal is behind what a
 * host has accepted counts below it: that host's counter is higher and says nothing of this order, which is given again.
 */
function noteTaken(turn: Turn, position: number, { counter, refusal }: HostReport): void {
  const { order } = turn.step(position);
  if (!order) return;
  const answer = refusal?.counter === order.counter ? refusal.code : null;
  const isTaken = order.taken || counter >= order.counter || answer === "not-in-trial";
  const taken = isTaken && answer !== "order-replayed";
  if (taken !== order.taken) turn.move(position, { order: { ...order, taken } });
}

const hasShownNothing = ({ state }: HostStep): boolean =>
  isBeforeTrial(state) || state === "Activating" || state === "Rebooting";

const isOfAttempt = ({ rollout }: Turn, step: HostStep, report: HostReport): boolean =>
  report.rollout === rollout.id && report.attempt === step.attempt && report.target === step.target;

function judgeOutcome(turn: Turn, position: number, report: HostReport): void {
  const { code, reason, message } = report.outcome as NonNullable<HostReport["outcome"]>;
  const { back } = turn.step(position);
  if (code === "canceled" && isWithdrawn(turn.step(position))) {
    deferLost(turn, position);
    return;
  }
  const end = END_OF[code];
  if (end === "Succeeded" || end === "AlreadyInstalled") {
    judgeKept(turn, position, report, end);
    return;
  }
  const why = whyUndone(turn.step(position), reason) ?? errorReason(reason, message);
  if (end === "Rejected" && isWatched(why)) passOver(turn, position, why);
  else endHost(turn, position, back && end === "RolledBack" ? "Failed" : end, why);
}

function judgeKept(
  turn: Turn,
  position: number,
  { current, mode }: HostReport,
  end: "Succeeded" | "AlreadyInstalled",
): void {
  const { back, target } = turn.step(position);
  if (current !== target) {
    const why: Reason =
      current === null
        ? { code: "runs-unnamed", state: end }
        : { code: "runs-another", state: end, runs: current };
    endHost(turn, position, "TakenOver", why);
    return;
  }
  const { good } = turn.entry(position);
  endHost(turn, position, back ? "RolledBack" : end, null);
  // Another agent brought it: not ours to compare with. What it kept or returned to by our order is ours all the same
  if (mode === "observe" && end === "AlreadyInstalled" && !back) turn.put(position, { good });
}

/** Nothing went wrong on a host that only watches: nobody waits for it, and it missed nothing (DESIGN 7, modes). */
function passOver(turn: Turn, position: number, why: Reason | null): void {
  endHost(turn, position, "Skipped", why);
  turn.put(position, { missed: null, drift: "none", locked: false });
}

/** A host that was told to return knows no more than that; why it was told, the hub knows: a gate's sentence, who asked. */
const whyUndone = ({ state, why }: HostStep, reason: string | null): Reason | null =>
  reason === "revert-ordered" && state === "RollingBack" ? why : null;

function judgePhase(turn: Turn, position: number, report: HostReport): void {
  const { state } = turn.step(position);
  if (BEGUN.has(report.phase) && isWithdrawn(turn.step(position))) return; // it is on its way back
  switch (report.phase) {
    case "staged":
      judgeStaged(turn, position, report);
      return;
    case "activating":
      if (
        (state === "Activating" || state === "Rebooting") &&
        report.current === turn.step(position).target
      ) {
        turn.move(position, { state: "Verifying", why: null });
      } else if (isBeforeTrial(state)) resume(turn, position, "Activating");
      return;
    case "rebooting":
      if (state !== "Rebooting") resume(turn, position, "Rebooting");
      return;
    case "in-trial":
      judgeTrial(turn, position, report);
      return;
    case "committing":
      resume(turn, position, "Committing");
      return;
    case "reverting":
      resume(turn, position, "RollingBack");
      return;
    default: // idle, staging, locked: nothing follows before there is an outcome
  }
}

const BEGUN: ReadonlySet<HostReport["phase"]> = new Set(["activating", "rebooting", "in-trial"]);

/** Lost, and what it had taken was called back: its own end is all that is missing. */
export const isWithdrawn = ({ state, order }: HostStep): boolean =>
  state === "Unknown" && order?.goal === "revert";

function judgeStaged(turn: Turn, position: number, { waiting }: HostReport): void {
  const { state, boot } = turn.step(position);
  if (state === "Queued" || state === "Staging") {
    const staged = boot === null ? "Staged" : "RebootPending";
    turn.move(position, { state: staged, stageBy: null, why: null });
  } else if (state === "Activating" || state === "Rebooting") {
    const why: Reason | null = waiting
      ? { code: "waits-by-its-rules", error: waiting.code }
      : whyHeldByClock(turn.entry(position));
    turn.move(position, { why });
  } else if (state === "Unknown" && !isWithdrawn(turn.step(position))) {
    turn.order(position, "revert"); // it lost its turn before it began
  }
}

/** Also met so far on its way by a hub that lost its memory, or by a copy: it must not count as not begun. */
function resume(
  turn: Turn,
  position: number,
  state: "Activating" | "Committing" | "RollingBack" | "Rebooting",
): void {
  const before = turn.step(position).state;
  const isMet = before === "Unknown" || isBeforeTrial(before);
  if (!isTrial(before) && !(isMet && mayReturn(turn, position))) return;
  turn.put(position, { locked: false });
  if (isBeforeTrial(before)) meet(turn, position);
  // What was said of another state is not why it stands in this one
  const why = before === state ? turn.step(position).why : null;
  turn.move(position, { state, why, soakUntil: null });
  turn.move(position, { silentAt: turn.silentAt(position) });
}

function judgeTrial(turn: Turn, position: number, report: HostReport): void {
  const step = turn.step(position);
  if (report.current !== step.target) return;
  const { bootId } = report;
  switch (step.state) {
    case "Activating":
    case "Rebooting":
    case "Verifying":
      turn.move(position, { bootId });
      verifyTrial(turn, position);
      return;
    case "Soaking":
      if (step.bootId === bootId) return;
      turn.move(position, { bootId });
      verifyTrial(turn, position);
      return;
    case "Committing":
    case "RollingBack":
      return;
    default:
      adopt(turn, position, report);
  }
}

/** Found in trial by a hub that lost its memory or the host: it goes on, if it would be allowed to begin. */
function adopt(turn: Turn, position: number, { bootId }: HostReport): void {
  if (turn.active && turn.rollout.phase === "Aborting") {
    turn.order(position, "revert");
    return;
  }
  if (!mayReturn(turn, position)) return;
  turn.put(position, { locked: false });
  turn.move(position, { bootId });
  meet(turn, position);
  verifyTrial(turn, position);
}

function meet(turn: Turn, position: number): void {
  const { attempt, target } = turn.step(position);
  const { host } = turn.entry(position);
  turn.move(position, { started: true, stageBy: null });
  turn.move(position, { silentAt: turn.silentAt(position) });
  turn.announce({
    type: "StepStarted",
    id: `${turn.keyOf(host, attempt)}/step/${turn.at}`,
    ...{ rollout: turn.rollout.id, host, attempt, target, resumed: true },
  });
}

const mayReturn = (turn: Turn, position: number): boolean =>
  turn.active && !turn.step(position).waived && hasRoom(turn, turn.entry(position));

/** Whether one more may be in trial now. A carrier goes alone: nobody before it or beside it. */
export function hasRoom(turn: Turn, { planned }: HostEntry): boolean {
  const running = turn.count("trial");
  if (planned.carries.length > 0) return running === 0;
  const { groups, carriersFrom } = turn.plan;
  if (turn.count("trial", { from: carriersFrom, to: turn.state.hosts.size }) > 0) return false;
  return running < (groups[planned.group] as Group).parallel;
}
