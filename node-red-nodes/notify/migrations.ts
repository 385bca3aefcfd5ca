import type { NodeConfig } from "../runtime/red.ts";

/** The stored shape of the dialog; the html repeats the number. */
export const NOTIFY_SHAPE = 1;

/** What a flow of an older version holds, in today's fields. Steps are never changed, only added. */
export function migrateNotify(stored: NodeConfig, fleets: readonly string[]): NodeConfig {
  const { shape } = stored;
  return typeof shape === "number" && shape >= 1 ? stored : namesItsFleet(stored, fleets);
}

/** 0 to 1: buttons and quiet hours need a fleet; where a flow has one only, that is the one. */
function namesItsFleet(stored: NodeConfig, fleets: readonly string[]): NodeConfig {
  const [only] = fleets;
  return {
    ...stored,
    fleet: stored["fleet"] || (fleets.length === 1 && only !== undefined ? only : ""),
    ...{ controlTopic: "", phoneUrl: "", quietFrom: "", quietTo: "" },
    ...{ awayServer: "", awayTopic: "", awayAfter: "", shape: NOTIFY_SHAPE },
  };
}
