import { NixwaveError, parseSessionId, type SessionId } from "../contract/index.ts";
import type { Json, Store } from "./store.ts";

/** What the hub must know of itself over a restart, so that it does not take its own orders for another hub's. */
export interface HubMemory {
  readonly instance: SessionId;
  /** The highest counter its key has used; 0 for none. */
  readonly lastCounter: number;
}

const KEY = "hub";

export function keepHubMemory(store: Pick<Store<never, never, never>, "keep">, hub: HubMemory) {
  store.keep(KEY, { instance: hub.instance, lastCounter: hub.lastCounter });
}

/** Null in a new journal. @throws NixwaveError hub-state-damaged */
export const recallHubMemory = (
  store: Pick<Store<never, never, never>, "recall">,
): HubMemory | null => store.recall(KEY, parseHubMemory);

function parseHubMemory(json: Json): HubMemory {
  const { instance, lastCounter } = (json ?? {}) as Record<string, unknown>;
  if (typeof instance !== "string" || !Number.isSafeInteger(lastCounter) || Number(lastCounter) < 0)
    throw new NixwaveError("hub-state-damaged", "what the hub knew of itself cannot be read");
  return { instance: parseSessionId(instance), lastCounter: Number(lastCounter) };
}
