import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync, watch } from "node:fs";
import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { Bus } from "../../src/bus/index.ts";
import { serveCache } from "../../src/cli/demo/cache-server.ts";
import { createDemoCache } from "../../src/cli/demo/demo-cache.ts";
import {
  type DurationMs,
  formatPublicKey,
  instant,
  type Order,
  parsePayload,
  parseRolloutId,
  type Reported,
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
  const programs = join(directory, "programs");
  await bundleProgram("nixwave-agent", join(programs, "nixwave-agent.mjs"));
  await bundleProgram("nixwave-activator", join(programs, "nixwave-activator.mjs"));
  const key = formatPublicKey(CI_KEY.publicKey);
  const trust = ["--option", "trusted-public-keys", key, "--option", "substituters", server.url];
  return {
    systems,
    trust,
    async newRoot() {
      const root = await mkdtemp(join(directory, "host-"));
      await install(root, systems, trust);
      return root;
    },
    startAgent: async (root) => {
      const config = join(root, "agent.json");
      const fields = {
        ...{ host: HOST, fleet: FLEET, channel: "main", system: SYSTEM, broker: broker.url, root },
        ...{ releaseKeys: [key], hubKeys: [formatPublicKey(HUB_KEY.publicKey)] },
        ...{ substituters: [server.url], cacheKeys: [key] },
      };
      await writeFile(config, JSON.stringify(fields));
      const program = join(programs, "nixwave-agent.mjs");
      const child = onEnd(
        spawn(process.execPath, [program, "--config", config], {
          stdio: ["ignore", "ignore", "pipe"],
        }),
        endOf,
      );
      return orderedHost(root, hub, child);
    },
  };
}

async function endOf(child: ChildProcess): Promise<void> {
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
