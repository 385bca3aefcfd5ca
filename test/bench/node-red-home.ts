import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchBroker, PASSWORD } from "./brokers.ts";
import { packedNodes } from "./hub-home.ts";
import type { NodeRedRequest, Passed, Through } from "./node-red-process.ts";

const PROGRAM = fileURLToPath(new URL("./node-red-process.ts", import.meta.url));

export interface BenchNodeRed {
  pass(through: Through): Promise<Passed>;
  statuses(): Promise<Passed["statuses"]>;
  stop(): Promise<void>;
}

type Wanted = Pick<NodeRedRequest, "flow"> & Partial<NodeRedRequest>;

/** Node-RED with our nodes; every broker node in the flow is the hub. */
export async function startNodeRed(wanted: Wanted): Promise<BenchNodeRed> {
  const directory = await mkdtemp(join(tmpdir(), "node-red-"));
  const request: NodeRedRequest = {
    ...{ directory: join(directory, "home"), nodesDirectory: await packedNodes(directory) },
    ...{ credentials: {}, ...wanted },
  };
  const child = fork(PROGRAM);
  const exited = once(child, "exit");
  const failed = exited.then(([status]): never => {
    throw new Error(`Node-RED's process ended with ${status}`);
  });
  failed.catch(() => undefined);
  const ask = async (message: object | string): Promise<Passed> => {
    child.send(message);
    const [said] = await Promise.race([once(child, "message"), failed]);
    return said as Passed;
  };
  await ask(request);
  return {
    pass: ask,
    statuses: async () => (await ask("statuses")).statuses,
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Node-RED's own broker node; its secrets go beside the flow. */
export const brokerNode = (id: string, { url }: BenchBroker) => {
  const { hostname, port } = new URL(url);
  return {
    ...{ id, type: "mqtt-broker", name: "", broker: hostname, port, clientid: `hub-${id}` },
    ...{ autoConnect: true, protocolVersion: "4", keepalive: "60", cleansession: true },
  };
};

export const hubSecrets = (broker: BenchBroker): Readonly<Record<string, string>> =>
  broker.credentials("hub").username === undefined ? {} : { user: "hub", password: PASSWORD };
