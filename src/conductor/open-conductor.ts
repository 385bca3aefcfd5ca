import { randomUUID } from "node:crypto";
import { parseSessionId } from "../contract/index.ts";
import { newRolloutState, parseState, reduce } from "../rollout/index.ts";
import { openStore } from "../store/index.ts";
import type { Conductor } from "./conductor.ts";
import { holdIfRestored } from "./hold-restored.ts";
import { httpGet } from "./http-get.ts";
import { HubConductor } from "./hub-conductor.ts";
import { HubShell } from "./hub-shell.ts";
import type { ConductorOptions } from "./options.ts";
import { parseEvent, parsePast } from "./past-rollout.ts";
import type { Rooms } from "./rooms.ts";
import { realTimers } from "./timers.ts";

/**
 * Opens the hub's shell over a bus that somebody else opened. It begins at once where it left off; without a journal
 * it first learns what the broker holds (`HubView.isLearning`). Failures after that are told, not thrown.
 * @throws NixwaveError hub-state-locked | hub-state-failed | hub-state-damaged
 */
export async function openConductor(options: ConductorOptions): Promise<Conductor> {
  const { folder, plan, clock } = options;
  const store = openStore(folder, { parseState, parseEvent, parsePast, at: clock() });
  try {
    const { snapshot, tail } = store.load();
    const rooms: Rooms = {
      ...options,
      store,
      timers: options.timers ?? realTimers,
      httpGet: options.httpGet ?? httpGet,
      newSession: options.newSession ?? (() => parseSessionId(randomUUID())),
    };
    const isNew = snapshot === null;
    const known = tail.reduce(
      (now, event) => reduce(now, event).state,
      snapshot ?? newRolloutState(plan, clock()),
    );
    const state = isNew ? known : holdIfRestored(store, folder, known, clock());
    const shell = new HubShell(rooms, state);
    shell.open({ isNew });
    return new HubConductor(rooms, shell);
  } catch (error) {
    store.close();
    throw error;
  }
}
