import { NixwaveError, type SessionId } from "../contract/index.ts";
import { entriesOf, type Plan, type RolloutState } from "../rollout/index.ts";
import { type HubMemory, keepHubMemory, recallHubMemory, relearn } from "../store/index.ts";
import { holdIfRestored } from "./hold-restored.ts";
import { learn } from "./learn.ts";
import type { Rooms } from "./rooms.ts";
import type { Statements } from "./statements.ts";

export interface Begun {
  readonly state: RolloutState;
  readonly instance: SessionId;
}

/** Of this installation; made once. @throws NixwaveError hub-state-damaged | hub-state-failed */
export function recallInstance({ store, newSession }: Rooms, state: RolloutState): SessionId {
  const known = recallHubMemory(store);
  if (known) return known.instance;
  const instance = newSession();
  keepHubMemory(store, { instance, lastCounter: state.lastCounter });
  return instance;
}

/**
 * A hub without a journal begins from what the broker holds. All of it is durable at once, or it is learnt again.
 * @throws NixwaveError as Bus.snapshot; hub-state-failed
 */
export async function learnState(
  rooms: Rooms,
  plan: Plan,
  statements: Statements,
  isWanted: () => boolean,
): Promise<Begun> {
  const { bus, store, folder, clock, newSession } = rooms;
  const { retained, statements: verified } = await learn(bus, { ...rooms, now: clock() });
  if (!isWanted()) throw new NixwaveError("bus-closed", "the hub was closed while it learnt");
  const { state, hub } = relearn(plan, retained, clock());
  const memory: HubMemory = hub ?? { instance: newSession(), lastCounter: state.lastCounter };
  statements.load(hostsOf(rooms, state));
  statements.add(verified, state); // by themselves: without the rest they do no harm
  store.atomically(() => {
    keepHubMemory(store, memory);
    store.snapshot(state);
  });
  return { state: holdIfRestored(store, folder, state, clock()), instance: memory.instance };
}

/** Whoever is in the fleet or in the plan. */
export const hostsOf = ({ hosts }: Rooms, state: RolloutState) =>
  new Set([...hosts, ...entriesOf(state.hosts).map(({ host }) => host)]);

/** The journal's plan is the flow's last one; it stands unless the fleet has other hosts now. */
export function firstPlan({ hosts, plan }: Rooms, state: RolloutState): Plan | null {
  const named = state.plan.groups.flatMap((group) => group.hosts.map(({ host }) => host));
  const isSame = named.length === hosts.length && hosts.every((host) => named.includes(host));
  return isSame ? null : plan;
}
