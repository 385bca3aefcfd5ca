import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { Fleet } from "./fleet.ts";

/** The fleet a node points to; otherwise the node shows a red ring and stays inert. */
export function findFleet(red: Red, node: RedNode, config: NodeConfig): Fleet | null {
  const found = red.nodes.getNode(String(config["fleet"])) as { readonly nixwave?: unknown } | null;
  if (found?.nixwave instanceof Fleet) return found.nixwave;
  node.status({ fill: "red", shape: "ring", text: found ? "fleet not usable" : "no fleet" });
  return null;
}
