import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CoreBroker } from "../../node-red-nodes/fleet/core-broker.ts";
import { asCoreBroker, type CoreBrokerNode } from "../../node-red-nodes/fleet/core-broker-node.ts";
import {
  type Bus,
  type BusEvent,
  openSharedBus,
  type SharedBusOptions,
} from "../../src/bus/index.ts";
import { parseSessionId, type SessionId } from "../../src/contract/index.ts";
import {
  type Editor,
  type EditorLogin,
  type EditorOptions,
  type NodeRedLine,
  openEditor,
} from "../../src/hub/index.ts";
import { quietSettings } from "../../src/hub/quiet-settings.ts";

const NODES = fileURLToPath(new URL("../../node-red-nodes", import.meta.url));

interface NodeRed {
  readonly httpAdmin: Parameters<ReturnType<typeof createServer>["on"]>[1];
  init(server: unknown, settings: unknown): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  version(): string;
  readonly nodes: { getNode(id: string): unknown };
  readonly events: {
    on(event: string, listener: (value: never) => void): void;
    once(event: string, listener: () => void): void;
    off(event: string, listener: (value: never) => void): void;
  };
}

/** The one Node-RED of this process. */
export let nodeRed = createRequire(import.meta.url)("node-red") as NodeRed;
let openIn = openEditor;

/** From here on it is Node-RED 4.1, with the MQTT library and the core nodes of its own; the hub itself starts 5 only. */
export function useNodeRed4(): NodeRed {
  nodeRed = createRequire(import.meta.url)("node-red-4") as NodeRed;
  openIn = openNodeRed4;
  return nodeRed;
}

async function openNodeRed4(options: EditorOptions): Promise<Editor> {
  const server = createServer();
  nodeRed.init(server, quietSettings(options));
  server.on("request", nodeRed.httpAdmin);
  const started = new Promise<void>((resolve) => nodeRed.events.once("flows:started", resolve));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await nodeRed.start();
  await started;
  const close = async (): Promise<void> => {
    await nodeRed.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

export const newSession = (): SessionId => parseSessionId(randomUUID());

/** Node-RED with a core broker node "broker" and two `mqtt in` nodes of the user's; closed after use. */
export async function runNodeRed(
  port: number,
  fields: object = {},
  more: readonly object[] = [],
  login?: EditorLogin,
) {
  const directory = await mkdtemp(join(tmpdir(), "nixwave-shared-"));
  const lines: NodeRedLine[] = [];
  const flowFile = join(directory, "flows.json");
  const broker = { id: "broker", type: "mqtt-broker", broker: "127.0.0.1", port: String(port) };
  const flow = [
    {
      ...broker,
      clientid: "",
      autoConnect: true,
      protocolVersion: "4",
      keepalive: "60",
      ...fields,
    },
    { id: "tab", type: "tab" },
    { ...mqttIn("user-in", "tele/+/SENSOR"), y: 20 },
    { ...mqttIn("user-in-2", "tele/+/SENSOR"), y: 80 },
    ...more,
  ];
  await writeFile(flowFile, JSON.stringify(flow));
  const editor = await openIn({
    userDirectory: directory,
    flowFile,
    nodesDirectory: NODES,
    port: 0,
    ...(login ? { login } : {}),
    credentialSecret: "only for this test",
    log: (line) => lines.push(line),
  });
  const close = async (): Promise<void> => {
    await editor.close();
    await rm(directory, { recursive: true, force: true });
  };
  return { lines, url: editor.url, directory, close, node: () => coreNode() };
}

const mqttIn = (id: string, topic: string) => ({
  ...{ id, type: "mqtt in", z: "tab", x: 100, topic, qos: "1", datatype: "buffer" },
  ...{ broker: "broker", nl: false, rap: true, rh: 0, inputs: 0, wires: [[]] },
});

export const coreNode = (): CoreBrokerNode => asCoreBroker(nodeRed.nodes.getNode("broker"));

/** Our bus over the user's broker node. */
export function shareBus(options: Partial<SharedBusOptions> = {}, user = "our-fleet") {
  const said: string[] = [];
  const events: BusEvent[] = [];
  const session = newSession();
  const bus: Bus = openSharedBus({
    source: new CoreBroker(coreNode(), user, (text) => said.push(text)),
    presence: { address: { kind: "hubStatus" }, session },
    log: (event) => events.push(event),
    ...options,
  });
  return { bus, said, events, session };
}

export const connected = (bus: Bus): Promise<void> =>
  new Promise((resolve) => {
    if (bus.connected) return resolve();
    const stop = bus.onConnection(({ event }) => {
      if (event !== "connected") return;
      stop();
      resolve();
    });
  });
