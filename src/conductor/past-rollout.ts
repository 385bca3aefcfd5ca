import { type EpochMs, parsePayload } from "../contract/index.ts";
import { EVENT_TYPES, type RolloutEvent } from "../rollout/index.ts";
import type { Json } from "../store/index.ts";
import type { PastRollout } from "./conductor.ts";

const KNOWN: ReadonlySet<string> = new Set(EVENT_TYPES);
const bytesOf = (json: Json): Uint8Array => Buffer.from(JSON.stringify(json ?? null));

/** @throws ContractError when it is no past rollout */
export function parsePast(json: Json): PastRollout {
  const { status, startedAt } = (json ?? {}) as Record<string, unknown>;
  if (!Number.isSafeInteger(startedAt)) throw new TypeError("a past rollout has no beginning");
  return {
    status: parsePayload("rolloutStatus", bytesOf(status)),
    startedAt: startedAt as EpochMs,
  };
}

/** The store's seals stand for the rest: nobody but this program wrote it. @throws TypeError */
export function parseEvent(json: Json): RolloutEvent {
  const { type, at } = (json ?? {}) as Record<string, unknown>;
  if (typeof type !== "string" || !KNOWN.has(type) || !Number.isSafeInteger(at)) {
    throw new TypeError(`${String(type)} is no event that this hub knows`);
  }
  return json as RolloutEvent;
}
