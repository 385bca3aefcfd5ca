import type { Conductor } from "../../src/conductor/index.ts";
import { formatPublicKey, NixwaveError } from "../../src/contract/index.ts";
import type { Home } from "../../src/people/index.ts";
import type { NodeConfig, Red, RedNode } from "../runtime/red.ts";
import { claimAll } from "./claims.ts";
import { CoreBroker } from "./core-broker.ts";
import { asCoreBroker } from "./core-broker-node.ts";
import { Deadlines } from "./deadlines.ts";
import { type FleetConfig, parseFleetConfig } from "./fleet-config.ts";
import { FleetHub } from "./fleet-hub.ts";
import { FleetMonitors } from "./fleet-monitors.ts";
import { type ServedFleet, serveFleets } from "./fleet-routes.ts";
import { hubKeyIn } from "./hub-key.ts";
import { LiveTopics } from "./live-topics.ts";

/** The config node that the others point to. */
export interface FleetNode extends RedNode, ServedFleet {
  conductor: Conductor | null;
  publicKey: string | null;
  home: Home | null;
  topics: LiveTopics | null;
  deadlines: Deadlines | null;
  /**
   * Absent when the node is not usable.
   * @param listener told when the conductor is open, at once when it is; again when it was opened anew
   * @returns stops
   */
  whenReady?: (listener: (conductor: Conductor) => void) => () => void;
}

const TYPE = "nixwave-fleet";

interface Place {
  readonly red: Red;
  readonly monitors: FleetMonitors;
}

export default function registerFleet(red: Red): void {
  const monitors = new FleetMonitors(red);
  function FleetNode(this: RedNode, config: NodeConfig): void {
    red.nodes.createNode(this, config);
    const node = this as FleetNode;
    node.conductor = null;
    node.publicKey = null;
    node.home = null;
    node.topics = null;
    node.deadlines = null;
    const close = openFleet({ red, monitors }, node, config);
    node.on("close", (_removed, done) => {
      node.conductor = null;
      close().then(done, (error: unknown) => {
        node.error(said(error));
        done();
      });
    });
  }
  red.nodes.registerType(TYPE, FleetNode, {
    credentials: { hubKey: { type: "password" }, metricsToken: { type: "password" } },
  });
  serveFleets(red, (id) => {
    const found = red.nodes.getNode(id) as (ServedFleet & { readonly type?: string }) | null;
    return found?.type === TYPE ? found : null;
  });
}

/** Node-RED stops for everybody when a constructor throws: a bad configuration leaves the node inert. */
function openFleet(place: Place, node: FleetNode, stored: NodeConfig): () => Promise<void> {
  try {
    const config = parseFleetConfig(stored, String(place.red.settings.userDir));
    return runFleet(place, node, config);
  } catch (error) {
    node.status({ fill: "red", shape: "ring", text: "not usable" });
    node.error(said(error));
    return () => Promise.resolve();
  }
}

function runFleet(
  { red, monitors }: Place,
  node: FleetNode,
  config: FleetConfig,
): () => Promise<void> {
  const { base, stateFolder: folder, hubKeyFile: file } = config;
  const broker = asCoreBroker(red.nodes.getNode(config.mqttBroker));
  const giveBack = claimAll(node.id, [
    { key: `folder ${folder}`, what: `the state folder ${folder}` },
    { key: `base ${broker.brokerurl} ${base}`, what: `${base} on ${broker.brokerurl}` },
  ]);
  let hub: FleetHub;
  try {
    const key = hubKeyIn({ given: node.credentials?.["hubKey"] ?? "", file, folder });
    node.publicKey = formatPublicKey(key.publicKey);
    node.home = config.home;
    const topics = new LiveTopics(broker);
    node.topics = topics;
    node.deadlines = new Deadlines(folder);
    const ready = readiness(node);
    hub = new FleetHub({
      ...{ config, key, topics },
      connect: () => new CoreBroker(broker, node.id, (text) => node.warn(text)),
      failed: (error) => node.error(said(error)),
      opened: ready.opened,
    });
    hub.open();
    const unfollow = monitors.follow(node, config);
    return () => {
      unfollow();
      return hub.close().finally(giveBack);
    };
  } catch (error) {
    giveBack();
    throw error;
  }
}

/** Tells those who wait for the conductor. */
function readiness(node: FleetNode) {
  const listeners = new Set<(conductor: Conductor) => void>();
  const tell = (listener: (conductor: Conductor) => void, conductor: Conductor): void => {
    try {
      listener(conductor);
    } catch (error) {
      node.error(said(error));
    }
  };
  node.whenReady = (listener) => {
    listeners.add(listener);
    if (node.conductor) tell(listener, node.conductor);
    return () => listeners.delete(listener);
  };
  return {
    opened: (conductor: Conductor): void => {
      node.conductor = conductor;
      node.status({ fill: "green", shape: "dot", text: "open" });
      for (const listener of [...listeners]) tell(listener, conductor);
    },
  };
}

const said = (error: unknown): string =>
  error instanceof NixwaveError ? `${error.code}: ${error.message}` : String(error);
