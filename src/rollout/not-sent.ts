import type { RolloutEvent } from "./event.ts";
import { stepOf } from "./gate-events.ts";
import { endHost } from "./host-end.ts";
import type { Ignored } from "./hosts.ts";
import { errorReason } from "./reason.ts";
import type { HostStep } from "./rollout-state.ts";
import { isFirstCopy, type Turn } from "./turn.ts";
import { type Goal, isBeforeTrial, isTrial } from "./words.ts";

/**
 * An order that the hub cannot write in words that this host knows: until a person has updated one of the two nothing can
 * be ordered of it, so it is passed over as a locked one is, and nobody waits for it; also at its trial, where it would say
 * for ever that it has fetched. A trial that it was told to begin is ended by the host's own lease, and by its own report.
 */
export function orderNotSent(
  turn: Turn,
  event: Extract<RolloutEvent, { type: "OrderNotSent" }>,
): Ignored {
  const found = stepOf(turn, event);
  if (typeof found === "string") return found;
  const { position, step } = found;
  const why = errorReason(event.error, event.said);
  if (isBeforeTrial(step.state) || wasNeverToldToTry(step)) endHost(turn, position, "Skipped", why);
  else if (isTrial(step.state)) turn.move(position, { why });
  else return `${event.host} is ${step.state}`;
  return null;
}

/** What was ordered when the state began. */
const BEGUN_BY: Partial<Record<HostStep["state"], Goal>> = {
  Activating: "trial",
  Rebooting: "boot",
};

/** Not so where an order is given anew, or the host was met in that state: it may have begun. */
const wasNeverToldToTry = (step: HostStep): boolean =>
  step.order !== null && step.order.goal === BEGUN_BY[step.state] && isFirstCopy(step, step.order);
