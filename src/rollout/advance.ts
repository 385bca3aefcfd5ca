import { beginCatchUp, beginRelease, progress, START } from "./begin.ts";
import { abort, cancelUnstarted, complete, rollBack } from "./completion.ts";
import { leaveOut } from "./host-end.ts";
import { hasRoom } from "./host-report.ts";
import { entriesOf } from "./host-tree.ts";
import { firstOpen, lastOpen } from "./open-ranges.ts";
import { beginningRange, reasons, tendPauses } from "./pauses.ts";
import { beginStep, orderTrial } from "./trial.ts";
import type { Turn } from "./turn.ts";
import { isEnd } from "./words.ts";

/** What follows from where everything stands now: the next trial, the end, the next release. */
export function advance(turn: Turn): void {
  let before: unknown;
  do {
    before = turn.state;
    if (turn.active) tendRollout(turn);
    else beginNext(turn);
  } while (turn.state !== before);
  tendPauses(turn);
}

function beginNext(turn: Turn): void {
  const { next, fenced, reconciling, plan } = turn.state;
  if (fenced || reconciling) return;
  if (next) {
    if (next.settledAt <= turn.at) beginRelease(turn);
    return;
  }
  if (plan.catchUp === "automatic" && turn.count("behind") > 0) beginCatchUp(turn);
}

function tendRollout(turn: Turn): void {
  switch (turn.rollout.phase) {
    case "Pending":
      if (turn.rollout.draining) drain(turn);
      else if (mayProgress(turn)) progress(turn);
      return;
    case "Progressing":
      tendProgress(turn);
      return;
    case "Finalising":
      tendFinal(turn);
      return;
    case "Aborting":
      if (turn.count("trial") > 0) return;
      if (!rollBack(turn)) complete(turn);
      return;
    default:
      startTrials(turn);
      if (turn.count("pending") === 0) complete(turn);
  }
}

function tendFinal(turn: Turn): void {
  const { final, draining } = turn.rollout;
  if (final === "Successful" || draining) complete(turn);
  else if (final === "Failed") judgeFailure(turn);
}

/** With nobody there a rollout stays pending: it must not end as if it had reached everybody. */
const mayProgress = (turn: Turn): boolean =>
  turn.rollout.approved.includes(START) &&
  turn.count("online") > 0 &&
  turn.state.clockSynchronised &&
  !turn.state.fenced &&
  !turn.state.reconciling;

function drain(turn: Turn): void {
  if (cancelUnstarted(turn, { code: "newer-came" })) turn.setRollout({ superseded: true });
  if (turn.count("pending") === 0) complete(turn);
}

function tendProgress(turn: Turn): void {
  if (turn.rollout.draining) {
    drain(turn);
    return;
  }
  if (turn.count("failed") > 0 && turn.plan.onFailure !== "ask") {
    judgeFailure(turn);
    return;
  }
  startTrials(turn);
  if (turn.count("pending") + turn.count("failed") + turn.count("reboots") > 0) return;
  deferRest(turn);
  if (!turn.plan.gates.includes("final")) {
    complete(turn);
    return;
  }
  const { id, run } = turn.rollout;
  turn.setRollout({ phase: "Finalising" });
  turn.announce({
    type: "GateAsked",
    id: `${id}/${run}/final`,
    ...{ place: "final", rollout: id, host: null, attempt: run },
  });
}

/** By the plan: stop where it stands, or return the hosts that have succeeded as well. */
function judgeFailure(turn: Turn): void {
  const { onFailure } = turn.plan;
  if (onFailure !== "ask") abort(turn, onFailure === "stop" ? "failed" : "all", "");
}

/** Optional hosts that were not there: nobody waits for them, they catch up. */
function deferRest(turn: Turn): void {
  if (turn.count("open") === 0) return;
  for (const position of entriesOf(turn.state.hosts).keys()) {
    const { step } = turn.entry(position); // may have been left out with the host it waits for
    if (step && !isEnd(step.state) && step.state !== "Unknown") {
      leaveOut(turn, position, "Deferred", { code: "not-there" });
    }
  }
}

/** Begins as many trials as may run; each at an instant at which nothing pauses the rollout. */
function startTrials(turn: Turn): void {
  while (reasons(turn).length === 0) {
    const asked = firstOpen(turn, "asked", turn.all);
    if (asked >= 0) orderTrial(turn, asked);
    else if (!startNext(turn)) return;
  }
}

function startNext(turn: Turn): boolean {
  if (turn.count("fetching") > 0) return false;
  const position = nextReady(turn);
  if (position < 0 || !hasRoom(turn, turn.entry(position))) return false;
  const { preflight, attempt, back } = turn.step(position);
  // What returns was tried before and is trusted; a house that is not healthy is a reason to, none against it.
  if (back || !turn.plan.gates.includes("preflight") || preflight === "Successful") {
    beginStep(turn, position);
    return true;
  }
  const { host } = turn.entry(position);
  turn.move(position, { preflight: "Asked" });
  turn.announce({
    type: "GateAsked",
    id: `${turn.keyOf(host, attempt)}/preflight/${turn.at}`,
    ...{ place: "preflight", rollout: turn.rollout.id, host, attempt },
  });
  return true;
}

/** Hosts return one at a time, the last one first. */
function nextReady(turn: Turn): number {
  const range = beginningRange(turn);
  if (turn.rollout.phase !== "RollingBack") return firstOpen(turn, "ready", range);
  return turn.count("trial") > 0 ? -1 : lastOpen(turn, "ready", range);
}
