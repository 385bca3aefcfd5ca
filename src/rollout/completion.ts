import { adoptPlan, newStep } from "./begin.ts";
import { leaveOut } from "./host-end.ts";
import { entriesOf, entryAt, findFirst } from "./host-tree.ts";
import { beginStaging } from "./hosts.ts";
import { forgetMissed, isSettled, noteMissed } from "./missed.ts";
import { askedReason, type Because, isWatched, type Reason } from "./reason.ts";
import type { HostEntry, HostStep, Rollout } from "./rollout-state.ts";
import { undo } from "./trial.ts";
import type { Turn } from "./turn.ts";
import { haveSameTimes, tendWindows } from "./windows-now.ts";
import { type Completion, canBeUndone, type EndState, isBad, isEnd, isTrial } from "./words.ts";

/** The rollout is over: said once, and what it means for hosts that were away is remembered. */
export function complete(turn: Turn): void {
  const completion = completionOf(turn);
  const left = tellerOf(turn, completion);
  turn.setRollout({ phase: "Completed", completion, ...(left && { why: failureOf(left) }) });
  if (isSettled(completion)) noteMissed(turn);
  if (completion === "RolledBack" || completion === "RollbackFailed") forgetMissed(turn);
  const { id, run, plan } = turn.rollout;
  if (plan !== turn.state.plan) {
    adoptPlan(turn);
    if (!haveSameTimes(plan, turn.state.plan)) tendWindows(turn);
  }
  turn.announce({ type: "RolloutEnded", id: `${id}/${run}/ended`, rollout: turn.rollout });
}

function completionOf(turn: Turn): Completion {
  const { phase, superseded } = turn.rollout;
  if (phase === "RollingBack") return turn.count("notBack") > 0 ? "RollbackFailed" : "RolledBack";
  if (phase === "Aborting") return "Aborted";
  if (superseded) return "Superseded";
  const partial = turn.count("partial") + turn.count("open");
  if (partial === 0) return "Promoted";
  const rejected = turn.count("rejected");
  if (rejected === partial && turn.count("well") === 0) return "Rejected";
  return reachedNobody(turn) ? "Aborted" : "PartiallyPromoted";
}

/**
 * The host that says why, when nobody has the release and nobody who was away will catch up with it: each turn was called
 * off, skipped or undone. With a host to come it is PartiallyPromoted even so: what has not ended well is caught up with
 * by nobody (DESIGN 8). So it is where all that is left are hosts that only watch: nobody stopped anything.
 */
function reachedNobody({ state, rollout }: Turn): HostEntry | undefined {
  if (rollout.phase === "Aborting") return undefined; // that has its own reason
  const taking = entriesOf(state.hosts).filter(({ step }) => step !== null);
  if (!taking.every(({ step }) => isLeftOut(step as HostStep))) return undefined;
  const bad = taking.find(({ step }) => isBad((step as HostStep).state));
  return bad ?? (taking.some(onlyWatches) ? undefined : taking[0]);
}

const onlyWatches = ({ step }: HostEntry): boolean => isWatched(step?.why ?? null);

/** Who says why nobody has the release, where nobody has. */
function tellerOf(turn: Turn, completion: Completion): HostEntry | undefined {
  if (completion === "Aborted") return reachedNobody(turn);
  const isForNobody = completion === "PartiallyPromoted" && turn.count("well") === 0;
  return isForNobody ? entriesOf(turn.state.hosts).find(onlyWatches) : undefined;
}

const isLeftOut = ({ state }: HostStep): boolean =>
  isBad(state) || state === "Canceled" || state === "Skipped";

/** Ends the turn of everybody who has not begun. @returns whether there was anybody */
export function cancelUnstarted(turn: Turn, why: Reason): boolean {
  let any = false;
  for (const [position, { step }] of entriesOf(turn.state.hosts).entries()) {
    if (!step || isEnd(step.state) || isTrial(step.state) || step.state === "Unknown") continue;
    leaveOut(turn, position, "Canceled", why);
    any = true;
  }
  return any;
}

/** Nobody begins any more; hosts in trial come to their own end. */
export function abort(turn: Turn, scope: NonNullable<Rollout["scope"]>, by: string): void {
  const asked = by === "" ? null : askedReason("stopped-by", by);
  turn.setRollout({ phase: "Aborting", scope, why: asked ?? failureIn(turn) });
  cancelUnstarted(turn, asked ?? stopIn(turn));
}

/** A person's abort also takes back the trials that have not been kept. */
export function undoTrials(turn: Turn, why: Reason): void {
  for (const [position, { step }] of entriesOf(turn.state.hosts).entries()) {
    if (step && canBeUndone(step.state)) undo(turn, position, why);
  }
}

function culprit({ state, all }: Turn): HostEntry | null {
  const position = findFirst(state.hosts, "failed", all);
  return position < 0 ? null : entryAt(state.hosts, position);
}

function failureIn(turn: Turn): Reason {
  const failed = culprit(turn);
  return failed ? failureOf(failed) : { code: "unhealthy-at-last" };
}

/** How a host that is counted as failed, or was let go, ended, and why. */
export function failureOf({ host, step }: HostEntry): Reason {
  const { state, why } = step as EndedStep;
  if (why === null) return { code: "host-ended", host, state };
  return { code: "host-ended-because", host, state, because: why as Because };
}

/** Both have ended. */
type EndedStep = HostStep & { readonly state: EndState };

const stopIn = (turn: Turn): Reason => {
  const failed = culprit(turn);
  return failed ? { code: "stopped-at", host: failed.host } : { code: "stopped-at-last-gate" };
};

/** Hosts that have succeeded return to what they had, as the scope says. @returns whether any does */
export function rollBack(turn: Turn): boolean {
  const { scope } = turn.rollout;
  if (scope === null || scope === "failed") return false;
  const groups = failedGroups(turn);
  return giveBack(turn, ({ planned }) => scope === "all" || groups.has(planned.group));
}

/** The groups in which somebody did not do well or was let go half-way. */
function failedGroups(turn: Turn): ReadonlySet<number> {
  const spoilt = entriesOf(turn.state.hosts).filter(
    ({ step }) => step !== null && isBad(step.state),
  );
  return new Set(spoilt.map(({ planned }) => planned.group));
}

/** New attempts with the closure before, for the succeeded among the chosen. @returns whether there are any */
export function giveBack(turn: Turn, chosen: (entry: HostEntry) => boolean): boolean {
  const stageBy = turn.after(turn.plan.stageTimeout);
  let any = false;
  for (const [position, entry] of entriesOf(turn.state.hosts).entries()) {
    const before = entry.good[1];
    const { step, tried, online } = entry;
    if (!step || !tried || !before || step.state !== "Succeeded" || !chosen(entry)) continue;
    any = true;
    const attempts = tried.attempts + 1;
    const next = { ...newStep(before, attempts, turn.at, stageBy), back: true };
    turn.put(position, { step: next, tried: { ...tried, attempts } });
    if (online) beginStaging(turn, position);
  }
  if (any) turn.setRollout({ phase: "RollingBack", completion: null });
  return any;
}
