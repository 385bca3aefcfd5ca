import type { RolloutEvent, StepKey } from "./event.ts";
import { leaveOut } from "./host-end.ts";
import { positionOf } from "./host-tree.ts";
import type { Ignored } from "./hosts.ts";
import { saidReason } from "./reason.ts";
import type { HostStep } from "./rollout-state.ts";
import { keep, tendSoak, undo } from "./trial.ts";
import type { Turn } from "./turn.ts";
import { canBeUndone, isStaged } from "./words.ts";

type Event<Type extends RolloutEvent["type"]> = Extract<RolloutEvent, { type: Type }>;

/** The step that a message of the flow or the gate speaks of; otherwise why it does not count. */
export function stepOf(
  turn: Turn,
  key: StepKey,
): { readonly position: number; readonly step: HostStep } | string {
  if (!turn.active || turn.rollout.id !== key.rollout) return `${key.rollout} is not under way`;
  const position = positionOf(turn.state.hosts, key.host);
  const step = position < 0 ? null : turn.entry(position).step;
  if (!step || step.attempt !== key.attempt) return `${key.host} has no attempt ${key.attempt}`;
  return { position, step };
}

export function gateJudged(turn: Turn, event: Event<"GateJudged">): Ignored {
  const { place, rollout, host, attempt, verdict } = event;
  const why = saidReason(event.why);
  if (place === "final" || host === null) return judgeFinal(turn, event);
  const found = stepOf(turn, { rollout, host, attempt });
  if (typeof found === "string") return found;
  const { position, step } = found;
  if (place === "preflight") {
    if (!isStaged(step.state) || step.started) return `${host} has begun or ended already`;
    turn.move(position, { preflight: verdict, why });
    return null;
  }
  if (step.state !== "Soaking") return `${host} is ${step.state}: it is not being watched`;
  turn.move(position, { soak: verdict, why });
  if (verdict === "Failed") undo(turn, position, why);
  else tendSoak(turn, position);
  return null;
}

function judgeFinal(
  turn: Turn,
  { place, rollout, attempt, verdict }: Event<"GateJudged">,
): Ignored {
  if (place !== "final") return "a verdict before or during a trial belongs to a host";
  const own = turn.active && turn.rollout.id === rollout && turn.rollout.run === attempt;
  if (!own || turn.rollout.phase !== "Finalising") return `${rollout} is not at its last gate`;
  turn.setRollout({ final: verdict });
  return null;
}

/** The verdict before a trial counts at the instant it arrives: if the trial did not begin, it is asked for anew. */
export function forgetPreflight(turn: Turn, { host }: Event<"GateJudged">): void {
  const position = host === null ? -1 : positionOf(turn.state.hosts, host);
  const step = position < 0 ? null : turn.entry(position).step;
  if (step?.preflight === "Successful") turn.move(position, { preflight: null });
}

export function trialAsked(turn: Turn, key: Event<"TrialAsked">): Ignored {
  const found = stepOf(turn, key);
  if (typeof found === "string") return found;
  const { state, started, trialAsked: before } = found.step;
  if (!isStaged(state) || !started) return `it is not the turn of ${key.host}`;
  if (before) return "that was asked already";
  turn.move(found.position, { trialAsked: true });
  return null;
}

/**
 * Success is the host's own report, never a wire: keeping without a reported trial deploys nothing (DESIGN 8). Where the
 * wires did not even ask for the trial, nobody ever will: the step has failed, and the rollout says so and goes by its plan.
 */
export function stepKept(turn: Turn, key: Event<"StepKept">): Ignored {
  const found = stepOf(turn, key);
  if (typeof found === "string") return found;
  const { state, started, trialAsked: isAsked } = found.step;
  if (isStaged(state) && started && !isAsked) {
    leaveOut(turn, found.position, "Failed", { code: "kept-untried" });
    return null;
  }
  if (state !== "Soaking") return `${key.host} is ${state}: it has reported no trial to keep`;
  keep(turn, found.position);
  return null;
}

export function stepUndone(turn: Turn, key: Event<"StepUndone">): Ignored {
  const found = stepOf(turn, key);
  if (typeof found === "string") return found;
  const { state, started } = found.step;
  if (isStaged(state) && started) {
    leaveOut(turn, found.position, "Canceled", saidReason(key.why));
    return null;
  }
  if (!canBeUndone(state)) {
    return `${key.host} is ${state}: nothing to undo`;
  }
  undo(turn, found.position, saidReason(key.why));
  return null;
}
