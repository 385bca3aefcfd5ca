import {
  type Digest,
  type EpochMs,
  type HostName,
  type Order,
  parsePayload,
  type SessionId,
} from "../../src/contract/index.ts";
import type { RolloutEffect, RolloutEvent } from "../../src/rollout/index.ts";
import {
  desiredBytes,
  FLEET,
  MINUTE_MS,
  type SealedStatement,
  sealOrder,
} from "../support/contract-builders.ts";
import type { Letter } from "./broker-model.ts";
import { topics } from "./simulated-topics.ts";

const GOOD_FOR_MS = 15 * MINUTE_MS;

/** The order that an effect asks for, sealed by `hub` and carried with its statement. */
export function orderLetter(
  effect: Extract<RolloutEffect, { type: "Order" }>,
  hub: SessionId,
  statements: ReadonlyMap<Digest, SealedStatement>,
): Letter {
  const { host, counter, rollout, attempt, goal, statement, lease, rollback, retry, approved, at } =
    effect;
  const sealed = statements.get(statement);
  if (!sealed) throw new Error(`order for a statement that CI never signed: ${statement}`);
  const order: Order = {
    ...{ v: 1, fleet: FLEET, host, hub, counter, rollout, attempt, goal, lease },
    ...{ issued: at, notAfter: (at + GOOD_FOR_MS) as EpochMs, statement },
    ...(rollback ? { rollback } : {}),
    ...(retry ? { retry } : {}),
    ...(approved ? { approved } : {}),
  };
  return {
    topic: topics.desired(host),
    bytes: desiredBytes(sealOrder(order), sealed),
    retain: true,
  };
}

/** What a host's own letter tells: its report, or that it came or went. */
export function hostEvent(
  { topic, bytes }: Letter,
  host: HostName,
  { at, live }: { readonly at: EpochMs; readonly live: boolean },
): RolloutEvent {
  if (topic === topics.reported(host)) {
    return { type: "HostReported", at, live, report: parsePayload("reported", bytes) };
  }
  const { state, session } = parsePayload("availability", bytes);
  return { type: state === "online" ? "HostAppeared" : "HostLost", at, host, session };
}
