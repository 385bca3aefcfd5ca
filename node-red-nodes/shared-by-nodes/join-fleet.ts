import type { Conductor } from "../../src/conductor/index.ts";
import { LANGUAGES, type Language } from "../../src/people/index.ts";
import type { Deadlines } from "../fleet/deadlines.ts";
import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { say } from "./status-words.ts";

/** What a fleet node offers to those that point to it. */
interface FleetSeat {
  readonly conductor: Conductor | null;
  /** Null while the fleet is not usable. */
  readonly deadlines: Deadlines | null;
  /** Told when the conductor is open, at once when it is; again when it was opened anew. */
  whenReady(listener: (conductor: Conductor) => void): (() => void) | undefined;
}

/** The fleet's node, and what its dialog holds; null where nothing usable is chosen. */
export interface FoundFleet {
  readonly seat: FleetSeat;
  readonly config: NodeConfig;
  readonly language: Language;
}

/** Called with the open conductor. @returns gives back what it took */
export type UseConductor = (conductor: Conductor, fleet: FoundFleet) => () => void;

/**
 * Finds the fleet a node points to and uses its conductor as long as the node lives. Without one the node shows
 * a red ring and stays inert.
 * @returns whether there is a fleet
 */
export function joinFleet(red: Red, node: RedNode, config: NodeConfig, use: UseConductor): boolean {
  const found = findSeat(red, config);
  if (!found) {
    node.status({ fill: "red", shape: "ring", text: say("en", "noFleet") });
    return false;
  }
  node.status({ fill: "yellow", shape: "ring", text: say(found.language, "connecting") });
  let giveBack: (() => void) | null = null;
  const stop = found.seat.whenReady((conductor) => {
    giveBack?.();
    giveBack = use(conductor, found);
  });
  node.on("close", (_removed, done) => {
    stop?.();
    giveBack?.();
    giveBack = null;
    done();
  });
  return true;
}

function findSeat(red: Red, config: NodeConfig): FoundFleet | null {
  const id = String(config["fleet"] ?? "");
  const seat = red.nodes.getNode(id) as Partial<FleetSeat> | null;
  if (typeof seat?.whenReady !== "function") return null;
  const dialog = configOf(red, id);
  const language = LANGUAGES.find((one) => one === dialog["language"]) ?? "en";
  return { seat: seat as FleetSeat, config: dialog, language };
}

function configOf(red: Red, id: string): NodeConfig {
  let found: NodeConfig = { id };
  red.nodes.eachNode((one) => {
    if (one.id === id) found = one;
  });
  return found;
}
