import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { DemoHome } from "../../../src/cli/demo/demo-home.ts";
import type { Environment } from "../../../src/cli/demo/host-nix.ts";
import type { FlowNode, NodeRedLine } from "../../../src/hub/index.ts";
import { freePort } from "../../support/brokers.ts";
import type { HouseBroker } from "./house-broker.ts";
import { type FlowChanges, fillHouseFlow } from "./house-flow.ts";
import type { HouseHubOrder, HouseHubWord } from "./hub-process.ts";

const PROGRAM = fileURLToPath(new URL("./hub-process.ts", import.meta.url));
const NODES = fileURLToPath(new URL("../../../node-red-nodes", import.meta.url));

/** Node-RED with our nodes, in a process that can be killed and comes back on the same port. */
export interface HouseHub {
  /** What Node-RED logged so far. */
  readonly lines: readonly NodeRedLine[];
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Deploys the flow that runs with other fields, through the admin API as the editor does; everything starts anew. */
  deploy(changes: FlowChanges): Promise<void>;
  /** The fleet's own endpoint, as the sidebar asks it. */
  ask(asked: Readonly<Record<string, unknown>>): Promise<{ readonly accepted: boolean }>;
  close(): Promise<void>;
}

export async function openHouseHub(
  home: DemoHome,
  broker: HouseBroker,
  environment: Environment,
  changes: FlowChanges,
  nodeOptions: readonly string[] = [],
): Promise<HouseHub> {
  const file = join(home.directory, "hub.json");
  const editorPort = await freePort();
  const order: HouseHubOrder = {
    ...{ brokerUrl: broker.url, editorPort, nodesDirectory: NODES },
    userDirectory: join(home.directory, "node-red"),
    filled: await fillHouseFlow(home, broker.port, changes),
  };
  await writeFile(file, JSON.stringify(order), { mode: 0o600 });
  const lines: NodeRedLine[] = [];
  const command = [...nodeOptions, PROGRAM, file];
  let child = await start(command, environment, lines);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  };
  const url = `http://127.0.0.1:${editorPort}`;
  return {
    lines,
    kill: () => end("SIGKILL"),
    async start() {
      child = await start(command, environment, lines);
    },
    deploy: (fields) => deploy(url, fields),
    ask: (asked) => post(`${url}/nixwave/fleet/homelab-fleet/ask`, asked, { "x-nixwave": "1" }),
    close: () => end("SIGTERM"),
  };
}

async function start(
  command: readonly string[],
  environment: Environment,
  lines: NodeRedLine[],
): Promise<ChildProcess> {
  const child: ChildProcess = spawn(process.execPath, [...command], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit", "ipc"], // it ends when this process does
  });
  const { promise, resolve, reject } = Promise.withResolvers<ChildProcess>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) => {
    if (!text.startsWith("{")) return; // a debug node's own print
    const word = JSON.parse(text) as HouseHubWord;
    if (word.kind === "line") lines.push(word.line);
    else resolve(child);
  });
  child.once("exit", (status) => reject(new Error(`the hub ended with ${status}`)));
  return await promise;
}

async function deploy(url: string, changes: FlowChanges): Promise<void> {
  const got = await fetch(`${url}/flows`, { headers: { "Node-RED-API-Version": "v2" } });
  const { flows, rev } = (await got.json()) as { flows: readonly FlowNode[]; rev: string };
  const changed = flows.map((node) => ({ ...node, ...changes[node.id] }));
  await post(`${url}/flows`, { flows: changed, rev }, { "Node-RED-API-Version": "v2" });
}

async function post<Answer>(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}
