import { NixwaveError } from "../../src/contract/index.ts";
import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { Fleet } from "./fleet.ts";
import { parseFleetConfig } from "./fleet-config.ts";

/** The config node that the others point to. `nixwave` is null when its fields are not usable. */
export interface FleetNode extends RedNode {
  nixwave: Fleet | null;
}

export default function registerFleet(red: Red): void {
  function FleetNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    const node = this as FleetNode;
    node.nixwave = openFleet(node, config);
    node.on("close", (_removed, done) => {
      (node.nixwave?.close() ?? Promise.resolve()).then(done, (error: unknown) => {
        node.error(said(error));
        done();
      });
    });
  }
  red.nodes.registerType("nixwave-fleet", FleetNode);
}

/** Node-RED stops for everybody when a constructor throws: a bad configuration leaves the node inert. */
function openFleet(node: RedNode, config: NodeConfig): Fleet | null {
  try {
    const fleet = new Fleet(parseFleetConfig(config));
    fleet.join({ failed: (error) => node.error(said(error)) });
    fleet.open();
    return fleet;
  } catch (error) {
    node.error(said(error));
    return null;
  }
}

const said = (error: unknown): string =>
  error instanceof NixwaveError ? `${error.code}: ${error.message}` : String(error);
