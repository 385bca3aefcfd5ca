import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync, watch } from "node:fs";
import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { BrokerUrl, Bus } from "../../src/bus/index.ts";
import { serveCache } from "../../src/cli/demo/cache-server.ts";
import { createDemoCache } from "../../src/cli/demo/demo-cache.ts";
import {
  type DurationMs,
  formatPublicKey,
  type HostName,
  instant,
  type Order,
  parsePayload,
  parseRolloutId,
  type Reported,
  type SecretKey,
  type Serial,
} from "../../src/contract/index.ts";
import { bundleProgram } from "../../tools/bundle.ts";
import {
  CI_KEY,
  FLEET,
  HOST,
  HUB_KEY,
  ordered,
  SYSTEM,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import { openBenchBus, startOpenMosquitto, type whileOpen } from "./brokers.ts";
import { addSystem, install, type LocalSystem } from "./order-systems.ts";

export interface OrderHome {
  readonly systems: readonly [LocalSystem, LocalSystem];
  /** Stands for `/` of a host with both systems in its store and the first one running. */
  newRoot(): Promise<string>;
  /** The agent's bundle on such a host, with the activator's beside it. */
  startAgent(root: string): Promise<OrderedHost>;
  /** What Nix needs to know of the host's caches. */
  readonly trust: readonly string[];
}

export interface OrderedHost {
  /** @param attempt a number of its own for each attempt */
  order(goal: Order["goal"], system: LocalSystem, attempt: number): Promise<void>;
  /** Resolves at the moment at which it runs. */
  running(system: LocalSystem): Promise<void>;
  reported(isIt: (report: Reported) => boolean): Promise<void>;
}

type OnEnd = Parameters<Parameters<typeof whileOpen>[0]>[0];

const LEASE_MS = 600_000 as DurationMs;
const DAY_MS = 86_400_000;

export async function openOrderHome(onEnd: OnEnd): Promise<OrderHome> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "orders-")));
  const cache = await createDemoCache(join(directory, "cache"), CI_KEY);
  const systems = [await addSystem(cache, 1), await addSystem(cache, 2)] as const;
  const server = onEnd(await serveCache(cache.directory), ({ close }) => close());
  const broker = onEnd(await startOpenMosquitto(), ({ stop }) => stop());
  const hub = onEnd(await openBenchBus(broker, "hub"), (bus) => bus.close());
  const programs = await bundledAgent(directory);
  const trust = trustIn(server.url);
  return {
    systems,
    trust,
    async newRoot() {
      const root = await mkdtemp(join(directory, "host-"));
      await install(root, systems, trust);
      return root;
    },
    startAgent: async (root) => {
      const place = { host: HOST, root, broker: broker.url, cache: server.url, hubKey: HUB_KEY };
      const child = onEnd(await spawnAgent(programs, place), endOf);
      return orderedHost(root, hub, child);
    },
  };
}

/** @returns the folder of both programs */
export async function bundledAgent(directory: string): Promise<string> {
  const programs = join(directory, "programs");
  await bundleProgram("nixwave-agent", join(programs, "nixwave-agent.mjs"));
  await bundleProgram("nixwave-activator", join(programs, "nixwave-activator.mjs"));
  return programs;
}

/** What Nix needs to know of a host's cache. */
export const trustIn = (cacheUrl: string): readonly string[] => [
  ...["--option", "trusted-public-keys", formatPublicKey(CI_KEY.publicKey)],
  ...["--option", "substituters", cacheUrl],
];

export interface AgentPlace {
  readonly host: HostName;
  /** Stands for `/`. */
  readonly root: string;
  readonly broker: BrokerUrl;
  readonly cache: string;
  readonly hubKey: SecretKey;
}

/** The agent's bundle on a host, with the activator's beside it. @param programs the folder of both */
export async function spawnAgent(programs: string, place: AgentPlace): Promise<ChildProcess> {
  const { host, root, broker, cache, hubKey } = place;
  const key = formatPublicKey(CI_KEY.publicKey);
  const config = join(root, "agent.json");
  const fields = {
    ...{ host, fleet: FLEET, channel: "main", system: SYSTEM, broker, root },
    ...{ releaseKeys: [key], hubKeys: [formatPublicKey(hubKey.publicKey)] },
    ...{ substituters: [cache], cacheKeys: [key] },
  };
  await writeFile(config, JSON.stringify(fields));
  return spawn(process.execPath, [join(programs, "nixwave-agent.mjs"), "--config", config], {
    stdio: ["ignore", "ignore", "pipe"],
  });
}

export async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

async function orderedHost(root: string, hub: Bus, child: ChildProcess): Promise<OrderedHost> {
  let said = "";
  child.stderr?.on("data", (more: Buffer) => {
    said += more.toString();
  });
  let last: Reported | undefined;
  let look = (): void => undefined;
  await hub.subscribe({ kind: "reported", host: HOST }, ({ payload }) => {
    last = payload;
    look();
  });
  const ended = once(child, "exit").then((): never => {
    throw new Error(`the agent ended: ${said}`);
  });
  ended.catch(() => undefined);
  const reported = async (isIt: (report: Reported) => boolean): Promise<void> => {
    const came = new Promise<void>((resolve) => {
      look = () => {
        if (last && isIt(last)) resolve();
      };
    });
    look();
    await Promise.race([came, ended]);
  };
  await reported(({ phase }) => phase === "idle");
  return {
    reported,
    running: (system) => runningIn(root, system),
    order: (goal, system, attempt) => {
      const bytes = orderBytes(goal, system, attempt);
      return hub.retain({ kind: "desired", host: HOST }, parsePayload("desired", bytes));
    },
  };
}

/** The link is put in its place by a rename in that folder. */
function runningIn(root: string, { path }: LocalSystem): Promise<void> {
  const folder = join(root, "run");
  return new Promise((resolve) => {
    const watcher = watch(folder, () => {
      if (readlinkSync(join(folder, "current-system")) !== path) return;
      watcher.close();
      resolve();
    });
  });
}

let began = Date.now();

function orderBytes(
  goal: Order["goal"],
  { path, narHash }: LocalSystem,
  attempt: number,
): Uint8Array {
  const now = Date.now();
  const issued = instant(now);
  began = Math.max(now, began + 1);
  const serial = (Math.floor(now / DAY_MS) * DAY_MS + attempt) as Serial;
  const statement = sealStatement(
    statementOf("bench", {
      ...{ storePath: path, narHash, serial, issued: instant(Math.floor(now / DAY_MS) * DAY_MS) },
      expires: instant(Math.floor(now / DAY_MS) * DAY_MS + 30 * DAY_MS),
    }),
  );
  return ordered(statement, {
    ...{ goal, issued, notAfter: instant(now + LEASE_MS), lease: LEASE_MS },
    ...{ counter: began as Order["counter"], rollout: parseRolloutId(`r-${attempt}`) },
  });
}
