import type { EpochMs, RolloutHistory, SessionId } from "../contract/index.ts";
import { readable } from "../people/index.ts";
import { standing } from "../rollout/index.ts";
import type { HistoryEntry } from "../store/index.ts";
import type { PastRollout } from "./conductor.ts";
import type { HubBus } from "./hub-bus.ts";
import type { HubStore } from "./hub-store.ts";

interface HistoryPorts {
  readonly bus: Pick<HubBus, "retain">;
  readonly store: Pick<HubStore, "history">;
  readonly now: () => EpochMs;
  readonly session: () => SessionId;
  readonly failed: (error: unknown) => void;
}

/** Of the wire's `rollout/history`. */
const TOLD = 20;
const WRONG_TOLD = 8;
const WHY_CHARACTERS = 200;

/** Says on the wire how the last rollouts ended, so that it can be read while no hub is there (DESIGN 11). */
export class HistoryTopic {
  readonly #ports: HistoryPorts;

  constructor(ports: HistoryPorts) {
    this.#ports = ports;
  }

  /** A journal that knows no end says nothing: what an earlier one told stays true. */
  tell(): void {
    const { bus, store, now, session, failed } = this.#ports;
    try {
      const ended = store.history(TOLD).map(toldOf);
      if (ended.length === 0) return;
      const history = { v: 1, hub: session(), ended, at: now() } as const;
      bus.retain({ kind: "rolloutHistory" }, history).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}

function toldOf({
  rollout,
  endedAt,
  past: { status, startedAt },
}: HistoryEntry<PastRollout>): RolloutHistory["ended"][number] {
  const { serial, title, completion, why, hosts } = status;
  const taking = hosts.filter(({ state }) => standing(state) !== "out");
  const wrong = hosts.filter(({ state }) => standing(state) === "wrong");
  return {
    ...{ rollout, serial, title, completion, startedAt, endedAt },
    done: taking.filter(({ state }) => standing(state) === "done").length,
    taking: taking.length,
    wrong: wrong.slice(0, WRONG_TOLD).map(({ host }) => host),
    why: readable(why, WHY_CHARACTERS),
  };
}
