import type { Counter, EpochMs, SessionId } from "../contract/index.ts";
import { adoptPlan } from "./begin.ts";
import { entriesOf } from "./host-tree.ts";
import type { Ignored } from "./hosts.ts";
import type { Plan } from "./plan.ts";
import { holdsSlot } from "./tally.ts";
import { verifyTrial } from "./trial.ts";
import type { Turn } from "./turn.ts";
import { tendWindows } from "./windows-now.ts";
import { isEnd, isTrial } from "./words.ts";

/** The hub's process began: what was left open is sent again, and hosts in trial are heard first. */
export function controllerStarted(turn: Turn, session: SessionId): Ignored {
  turn.set({ session });
  turn.effects.push(...turn.state.outbox);
  for (const [position, { step }] of entriesOf(turn.state.hosts).entries()) {
    if (!step || isEnd(step.state)) continue;
    if (isTrial(step.state)) {
      turn.move(position, { unsure: true, silentAt: turn.silentAt(position) });
    }
    if (holdsSlot(step) && step.started) remindFlow(turn, position);
  }
  reissue(turn);
  if (turn.count("unsure") > 0) {
    turn.set({ reconciling: { since: turn.at, until: turn.after(turn.plan.grace) } });
  }
  return null;
}

function remindFlow(turn: Turn, position: number): void {
  const { host } = turn.entry(position);
  const { attempt, target } = turn.step(position);
  const id = `${turn.keyOf(host, attempt)}/step`;
  if (turn.isAnnounced(id)) return;
  const { id: rollout } = turn.rollout;
  turn.announce({ type: "StepStarted", id, rollout, host, attempt, target, resumed: true });
}

/** Orders that no report shows as taken: a new hub session signs other bytes, hence a new counter. */
function reissue(turn: Turn): void {
  for (const [position, { step }] of entriesOf(turn.state.hosts).entries()) {
    if (step?.order && !step.order.taken) turn.order(position, step.order.goal);
  }
}

export function hubConnected(turn: Turn, session: SessionId): Ignored {
  if (turn.session === session) return "that session is known already";
  turn.set({ session });
  for (const [position, { step, planned }] of entriesOf(turn.state.hosts).entries()) {
    const waits = step?.state === "Verifying" && step.bootId !== null;
    if (waits && planned.carries.length > 0) verifyTrial(turn, position);
  }
  return null;
}

export function counterLearned(turn: Turn, counter: Counter): Ignored {
  if (counter <= turn.state.lastCounter) return "the counter is not above the last one used";
  turn.set({ lastCounter: counter });
  return null;
}

/** Two hubs would order against each other: this one orders nothing until a person chooses (DESIGN 5). */
export function foreignHubSeen(turn: Turn, instance: SessionId): Ignored {
  if (instance === turn.session) return "that is this hub itself";
  if (turn.state.fenced) return "it is fenced already";
  turn.set({ fenced: { instance, since: turn.at } });
  return null;
}

export function fenceCleared(turn: Turn): Ignored {
  if (!turn.state.fenced) return "there is no fence";
  turn.set({ fenced: null });
  reissue(turn);
  return null;
}

export function clockChecked(turn: Turn, synchronised: boolean): Ignored {
  if (turn.state.clockSynchronised === synchronised) return "that is known already";
  turn.set({ clockSynchronised: synchronised });
  return null;
}

export function planChanged(turn: Turn, plan: Plan): Ignored {
  const { next, plan: before } = turn.state;
  turn.set({ plan });
  // A hub that starts hears the retained release before its flow has said how long one settles.
  if (next && !next.now) {
    const settledAt = (next.settledAt - before.settle + plan.settle) as EpochMs;
    turn.set({ next: { ...next, settledAt } });
  }
  if (turn.active) return null; // the plan in force was taken when the rollout began
  adoptPlan(turn);
  tendWindows(turn);
  return null;
}

export function effectsDone(turn: Turn, ids: readonly string[]): Ignored {
  const done = new Set(ids);
  const outbox = turn.state.outbox.filter(({ id }) => !done.has(id));
  if (outbox.length === turn.state.outbox.length) return "none of these is in the outbox";
  turn.set({ outbox });
  return null;
}
