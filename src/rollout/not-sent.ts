import type { RolloutEvent } from "./event.ts";
import { stepOf } from "./gate-events.ts";
import { endHost } from "./host-end.ts";
import type { Ignored } from "./hosts.ts";
import { errorReason } from "./reason.ts";
import type { Turn } from "./turn.ts";
import { isBeforeTrial, isTrial } from "./words.ts";

/**
 * An order that the hub cannot write in words that this host knows: until a person has updated one of the two nothing can
 * be ordered of it, so it is passed over as a locked one is, and nobody waits for it. A trial that runs is ended by the
 * host's own lease, and by its own report.
 */
export function orderNotSent(
  turn: Turn,
  event: Extract<RolloutEvent, { type: "OrderNotSent" }>,
): Ignored {
  const found = stepOf(turn, event);
  if (typeof found === "string") return found;
  const { position, step } = found;
  const why = errorReason(event.error, event.said);
  if (isBeforeTrial(step.state)) endHost(turn, position, "Skipped", why);
  else if (isTrial(step.state)) turn.move(position, { why });
  else return `${event.host} is ${step.state}`;
  return null;
}
