import type { RolloutEffect } from "../rollout/index.ts";
import type { Decisions } from "./decisions.ts";
import type { Happenings } from "./happenings.ts";
import type { OwnOrders } from "./own-orders.ts";
import type { Renewal } from "./renewal.ts";
import type { Seats } from "./seats.ts";

interface Hands {
  readonly decisions: Decisions;
  readonly seats: Seats;
  readonly orders: OwnOrders;
  readonly renewal: Renewal;
  readonly happenings: Happenings;
}

/** What the mind decided, to whoever does it. */
export function carryOut(
  { decisions, seats, orders, renewal, happenings }: Hands,
  effect: RolloutEffect,
): void {
  decisions.tell(effect);
  if (effect.type === "Order") {
    if (effect.goal === "trial" || effect.goal === "boot") seats.trialIsOrdered(effect);
    orders.send(effect);
    return;
  }
  if (effect.type === "GateAsked") seats.desk.ask(effect);
  if (effect.type === "ReconnectAsked") renewal.ask(effect.id);
  if (effect.type === "HostEnded") seats.ended(effect);
  happenings.announce(effect);
}
