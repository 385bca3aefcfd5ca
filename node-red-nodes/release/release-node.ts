import type { Message } from "../../src/bus/index.ts";
import { instant } from "../../src/contract/index.ts";
import { findFleet } from "../fleet/find-fleet.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { checkOffer } from "./offer.ts";

export default function registerRelease(red: Red): void {
  function ReleaseNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    const fleet = findFleet(red, this, config);
    if (!fleet) return;
    this.status({ fill: "yellow", shape: "ring", text: "connecting" });
    const leave = fleet.join({
      connected: (isConnected) =>
        this.status(
          isConnected
            ? { fill: "grey", shape: "dot", text: "waiting for release" }
            : { fill: "yellow", shape: "ring", text: "connecting" },
        ),
      release: (message) => passOn(this, fleet, message),
    });
    this.on("close", (_removed, done) => {
      leave();
      done();
    });
  }
  red.nodes.registerType("nixwave-release", ReleaseNode);
}

/** Output 1: verified; output 2: what was refused, and why. */
function passOn(node: RedNode, fleet: Fleet, { payload: release }: Message<"release">): void {
  const { offered, refused } = checkOffer(release, fleet.config, instant(Date.now()));
  const rejected = refused.length === 0 ? null : { payload: refused };
  const verified = offered && {
    payload: {
      channel: offered.channel,
      serial: offered.serial,
      title: offered.title,
      hosts: offered.hosts.map(({ host, target }) => ({ host, storePath: target })),
    },
    nixwave: { release },
  };
  if (refused[0]) node.warn(`${refused[0].code}: ${refused[0].message}`);
  node.status(
    verified
      ? { fill: "green", shape: "dot", text: `${offered.hosts.length} hosts verified` }
      : { fill: "red", shape: "dot", text: "release rejected" },
  );
  node.send([verified, rejected]);
}
