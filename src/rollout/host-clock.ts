import type { HostReport } from "./event.ts";
import type { Reason } from "./reason.ts";
import type { HostEntry, HostStep } from "./rollout-state.ts";
import type { Turn } from "./turn.ts";
import type { Goal } from "./words.ts";

/**
 * A host whose clock nobody has set takes nothing new (DESIGN 6), and fetches nothing: that is known of it from its
 * refusal on, until it says that its clock is set or takes an order.
 */
export function noteClock(turn: Turn, position: number, report: HostReport): void {
  const { clockUnset, step } = turn.entry(position);
  const isSet = report.clock === "synchronised" || hasTaken(step, report);
  if (isSet ? clockUnset : isRefusedBy(step, report)) {
    turn.put(position, { clockUnset: !isSet });
    tellStep(turn, position);
  }
}

/** What ends an attempt is taken by any clock. */
const hasTaken = (step: HostStep | null, { counter }: HostReport): boolean => {
  const order = step?.order;
  return order ? BEGINS.has(order.goal) && counter >= order.counter : false;
};

const BEGINS: ReadonlySet<Goal> = new Set(["stage", "trial", "boot"]);

const isRefusedBy = (step: HostStep | null, { refusal }: HostReport): boolean =>
  refusal?.code === "clock-unsynchronised" && refusal.counter === step?.order?.counter;

/** The time for which its clock was not set is none in which it fetched. */
function tellStep(turn: Turn, position: number): void {
  const entry = turn.entry(position);
  if (entry.step?.state !== "Staging") return;
  const why = whyHeldByClock(entry);
  turn.move(position, why ? { why } : { why, stageBy: turn.after(turn.plan.stageTimeout) });
}

/** Null when its clock is not in the way. */
export const whyHeldByClock = ({ host, clockUnset }: HostEntry): Reason | null =>
  clockUnset ? { code: "clock-unset-on-host", host } : null;
