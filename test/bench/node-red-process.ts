// Node-RED with our nodes in a process of its own. The bench forks this file, sends a flow and what of it is
// measured, and gets figures, or a word when it can be talked to over MQTT.
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { CoreBroker } from "../../node-red-nodes/fleet/core-broker.ts";
import { asCoreBroker } from "../../node-red-nodes/fleet/core-broker-node.ts";
import { openSharedBus } from "../../src/bus/index.ts";
import { type HostName, parseSessionId } from "../../src/contract/index.ts";
import { openEditor } from "../../src/hub/index.ts";
import { desiredFrom, desiredOf, orders, reportedBy } from "./messages.ts";

export interface NodeRedRequest {
  /** Absolute; Node-RED's own. */
  readonly directory: string;
  readonly nodesDirectory: string;
  readonly flow: readonly object[];
  readonly credentials: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** A fleet's connection over the node "broker" obeys no rollout: it answers each report of `host` with an order. */
  readonly answers?: HostName;
}

/** Messages from a node named `from` until the node named `to` has as many. */
export interface Through {
  readonly from: string;
  readonly to: string;
  readonly payloads: readonly unknown[];
}

/** What a node said below itself last; us a message. */
export interface Passed {
  readonly us: number;
  readonly statuses: Readonly<Record<string, string>>;
}

interface RunningNode {
  send(message: object): void;
  on(event: "input", listener: (message: object, send: unknown, done: () => void) => void): void;
}

const red = createRequire(import.meta.url)("node-red") as {
  readonly nodes: { getNode(id: string): unknown; addCredentials(id: string, of: object): unknown };
  readonly events: { on(event: string, listener: (value: never) => void): void };
};

const statuses: Record<string, string> = {};
const arrived = new Map<string, () => void>();

async function serve(request: NodeRedRequest): Promise<void> {
  const { directory, nodesDirectory, flow, credentials, answers } = request;
  mkdirSync(directory, { recursive: true });
  const flowFile = `${directory}/flows.json`;
  // In the clear: Node-RED reads both, and what is here lives as long as the bench.
  writeFileSync(flowFile, JSON.stringify(flow));
  writeFileSync(`${directory}/flows_cred.json`, JSON.stringify(credentials));
  red.events.on("node-status", ({ id, status }: { id: string; status: { text?: string } }) => {
    statuses[id] = status.text ?? "";
  });
  const editor = await openEditor({
    ...{ userDirectory: directory, flowFile, nodesDirectory, port: 0, credentialSecret: "" },
    log: ({ level, node, text }) => {
      if (level === "error") console.error(node, text);
    },
  });
  if (answers) await answer(answers);
  process.on("message", (asked: Through | "statuses") => {
    if (asked === "statuses") process.send?.({ us: 0, statuses });
    else void pass(asked).then((us) => process.send?.({ us, statuses }));
  });
  process.once("disconnect", () => void editor.close().then(() => process.exit(0)));
  process.send?.("open");
}

async function pass({ from, to, payloads }: Through): Promise<number> {
  const source = red.nodes.getNode(from) as RunningNode;
  if (!arrived.has(to)) {
    arrived.set(to, () => undefined);
    (red.nodes.getNode(to) as RunningNode).on("input", (_message, _send, done) => {
      arrived.get(to)?.();
      done();
    });
  }
  let missing = payloads.length;
  const all = new Promise<void>((resolve) => {
    arrived.set(to, () => {
      missing -= 1;
      if (missing === 0) resolve();
    });
  });
  const startMs = performance.now();
  for (const payload of payloads) {
    source.send({ payload });
    await turn(); // as messages come: one after another, not a thousand in one breath
  }
  await all;
  return ((performance.now() - startMs) * 1000) / payloads.length;
}

async function answer(host: HostName): Promise<void> {
  const bus = openSharedBus({
    source: new CoreBroker(asCoreBroker(red.nodes.getNode("broker")), "bench", console.error),
    presence: { address: { kind: "hubStatus" }, session: parseSessionId(randomUUID()) },
  });
  const desired = orders().map(desiredFrom);
  let count = 0;
  await bus.subscribe(reportedBy(host), () => {
    count += 1;
    const order = desired[count % desired.length];
    setImmediate(() => order && void bus.retain(desiredOf(host), order));
  });
}

process.once("message", (request) => void serve(request as NodeRedRequest));
