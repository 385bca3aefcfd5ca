import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  DEFAULT_BASE,
  formatPublicKey,
  formatSecretKey,
  type HostName,
  parseKeyName,
  type SecretKey,
  secretKeyFromSeed,
} from "../../src/contract/index.ts";
import { type FlowNode, parseFlow } from "../../src/hub/index.ts";
import { packNodes } from "../../tools/pack-nodes.ts";
import { CHANNEL, CI_KEY, FLEET } from "../support/contract-builders.ts";
import type { HubRequest, HubUse } from "./hub-process.ts";

const MINIMAL = fileURLToPath(new URL("../../flows/minimal.json", import.meta.url));
const PROGRAM = fileURLToPath(new URL("./hub-process.ts", import.meta.url));
const SEED = Buffer.alloc(32, 7);
const KEY_NAME = parseKeyName("hub-1");
/** What hosts trust. */
export const BENCH_HUB_KEY: SecretKey = secretKeyFromSeed(KEY_NAME, SEED);

/** A group of hosts, as the rollout's dialog keeps it. */
export interface BenchGroup {
  readonly name: string;
  readonly hosts: readonly HostName[];
  readonly parallel: number;
}

export interface BenchHub {
  readonly brokerUrl: string;
  /** What it used since it was asked last. */
  use(): Promise<HubUse>;
  stop(): Promise<void>;
}

/** Our nodes as they are installed: stripping types would count as memory and time of ours. */
export async function packedNodes(directory: string): Promise<string> {
  const target = join(directory, "nodes");
  await packNodes(target);
  return target;
}

/** flows/minimal.json, with nothing that waits. */
async function minimalFlow(groups: readonly BenchGroup[]): Promise<string> {
  const atOnce = { settle: "0s", soak: "0s", lease: "10m", onFailure: "stop" };
  const rows = groups.map(({ name, hosts, parallel }) => ({
    ...{ name, hosts: hosts.join(","), parallel, approval: "none", reboot: "ask" },
  }));
  const nodes = parseFlow(await readFile(MINIMAL, "utf8")).map(
    (node): FlowNode =>
      node.type === "nixwave-rollout" ? { ...node, ...atOnce, groups: rows } : node,
  );
  return JSON.stringify(nodes);
}

/** The fleet's dialog. */
export const fleetFields = (hosts: readonly HostName[]) => ({
  ...{ name: "bench", fleet: FLEET, channel: CHANNEL, base: DEFAULT_BASE, threshold: "1" },
  ...{ language: "en", zone: "Europe/Berlin", shape: 2 },
  hosts: hosts.map((host) => ({ host, carries: [], optional: false })),
  releaseKeys: formatPublicKey(CI_KEY.publicKey),
});

type Places = Pick<HubRequest, "broker" | "login" | "directory" | "nodesDirectory">;

/** Forks the hub; its groups activate one after the other. */
export async function startHub(places: Places, groups: readonly BenchGroup[]): Promise<BenchHub> {
  const child = fork(PROGRAM);
  const exited = once(child, "exit");
  const request: HubRequest = {
    ...places,
    flow: await minimalFlow(groups),
    fleet: fleetFields(groups.flatMap(({ hosts }) => hosts)),
    hubKey: formatSecretKey(KEY_NAME, SEED),
  };
  child.send(request);
  const failed = exited.then(([status]): never => {
    throw new Error(`the hub's process ended with ${status}`);
  });
  failed.catch(() => undefined);
  const brokerUrl = await answer<string>(child, failed);
  return {
    brokerUrl,
    use: () => {
      child.send("use");
      return answer<HubUse>(child, failed);
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

async function answer<T>(child: ChildProcess, failed: Promise<never>): Promise<T> {
  const [said] = await Promise.race([once(child, "message"), failed]);
  return said as T;
}
