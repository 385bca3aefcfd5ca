import {
  ContractError,
  type Desired,
  type DurationMs,
  type Envelope,
  type EpochMs,
  type FleetName,
  formOf,
  instant,
  type Order,
  type OrderForm,
  parseDuration,
  type SecretKey,
  type SessionId,
  signEnvelope,
  verifyOrder,
} from "../contract/index.ts";
import type { RolloutEffect } from "../rollout/index.ts";

type OrderEffect = Extract<RolloutEffect, { type: "Order" }>;

interface OrderTerms {
  readonly fleet: FleetName;
  readonly hub: SessionId;
  readonly key: SecretKey;
}

/** How long after issue a host may still accept an order (DESIGN 5). */
const GOOD_FOR: DurationMs = parseDuration("15m");

/** The signed order with CI's statement beside it, verbatim. @param form the newest that hub and host both know */
export function signOrder(
  terms: OrderTerms,
  effect: OrderEffect,
  statement: Envelope,
  form: OrderForm,
): Desired {
  const { fleet, hub, key } = terms;
  const { host, counter, rollout, attempt, goal, lease, at, rollback, retry, approved } = effect;
  const order = form.encode({
    ...{ v: 1, fleet, host, hub, counter, rollout, attempt, goal, lease },
    issued: at,
    notAfter: goodUntil(at),
    statement: effect.statement,
    ...(rollback ? { rollback } : {}),
    ...(retry ? { retry } : {}),
    ...(approved ? { approved } : {}),
  });
  return { v: 1, order: signEnvelope(form.type, order, [key]), statement };
}

const goodUntil = (at: EpochMs): EpochMs => instant(at + GOOD_FOR);

/** An order that the broker holds or carries; null when this hub's key did not sign it. */
export function ownOrder(desired: Desired, key: SecretKey): Order | null {
  try {
    const trusted = { keys: [key.publicKey], threshold: 1 };
    return formOf(desired.order).parse(verifyOrder(desired.order, trusted).bytes);
  } catch (error) {
    if (error instanceof ContractError) return null;
    throw error;
  }
}
