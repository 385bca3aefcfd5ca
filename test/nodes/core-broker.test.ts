import { EventEmitter } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CoreBroker } from "../../node-red-nodes/fleet/core-broker.ts";
import type { CoreBrokerNode, CoreUser } from "../../node-red-nodes/fleet/core-broker-node.ts";
import type { Packet, SharedEvents } from "../../src/bus/index.ts";

const WILL: Packet = { topic: "base/hub/status", bytes: Buffer.from("gone"), qos: 1, retain: true };

/** Node-RED's own, as far as its users and its connection go (10-mqtt.js, register and deregister). */
function brokerNode(stands: Partial<Pick<CoreBrokerNode, "connected" | "connecting">> = {}) {
  const users = new Map<string, CoreUser>();
  const wills: unknown[] = [];
  const node = {
    ...{ connected: false, connecting: false, options: {}, subscriptions: {}, ...stands },
    ...{ closeMessage: undefined, client: undefined as unknown },
    connect() {
      node.connecting = true;
      wills.push((node.options as CoreBrokerNode["options"]).will?.topic);
    },
    register(user: CoreUser) {
      users.set(user.id, user);
      if (users.size === 1 && !node.connected && !node.connecting) node.connect();
    },
    deregister(user: CoreUser, done: () => void) {
      users.delete(user.id);
      done();
    },
    disconnect(done: () => void) {
      node.connected = node.connecting = false;
      done();
    },
    stand() {
      node.connecting = false;
      node.connected = true;
      node.client = { options: {}, stream: new EventEmitter() };
      for (const user of users.values()) user.status({ fill: "green" });
    },
  };
  const broker = new CoreBroker(node as never, "fleet", () => undefined);
  return { node, broker, users, wills };
}

function events() {
  const told: string[] = [];
  const all: SharedEvents = { up: () => told.push("up"), down: () => told.push("down") };
  return { told, all };
}

describe("the fleet's use of Node-RED's broker node", () => {
  it("lets the other nodes start before it makes the first connection", async () => {
    const { broker, users, wills } = brokerNode();
    broker.open(WILL, events().all);
    expect([users.size, wills]).toEqual([0, []]);
    await nextTurn();
    expect([users.size, wills]).toEqual([1, [WILL.topic]]);
  });

  it("gives its will to a connection that another node makes before", async () => {
    const { node, broker, wills } = brokerNode();
    const { told, all } = events();
    broker.open(WILL, all);
    node.register({ id: "mqtt in", status: () => undefined });
    await nextTurn();
    expect([wills, told]).toEqual([[WILL.topic], []]);
    node.stand();
    expect(told).toEqual(["up"]);
  });

  it("sees a connection that stands by the time it comes", async () => {
    const { node, broker } = brokerNode();
    const { told, all } = events();
    broker.open(WILL, all);
    node.register({ id: "mqtt in", status: () => undefined });
    node.stand();
    await nextTurn();
    expect(told).toEqual(["up"]);
  });

  it("makes one that began without its will begin again", async () => {
    const { broker, users, wills } = brokerNode({ connecting: true });
    broker.open(WILL, events().all);
    expect(users.size).toBe(1);
    await nextTurn();
    expect(wills).toEqual([WILL.topic]);
  });

  it("connects no more once it is closed", async () => {
    const { broker, users, wills } = brokerNode();
    broker.open(WILL, events().all);
    await broker.close();
    await nextTurn();
    expect([users.size, wills]).toEqual([0, []]);
  });
});
