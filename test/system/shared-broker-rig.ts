import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
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
import { type EditorLogin, type NodeRedLine, openEditor } from "../../src/hub/index.ts";

const NODES = fileURLToPath(new URL("../../node-red-nodes", import.meta.url));

/** The one Node-RED of this process. */
export const nodeRed = createRequire(import.meta.url)("node-red") as {
  readonly nodes: { getNode(id: string): unknown };
  readonly events: {
    on(event: string, listener: (value: never) => void): void;
    off(event: string, listener: (value: never) => void): void;
  };
};

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
  const editor = await openEditor({
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
