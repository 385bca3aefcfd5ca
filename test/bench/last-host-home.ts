import { once } from "node:events";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bus } from "../../src/bus/index.ts";
import { serveCache } from "../../src/cli/demo/cache-server.ts";
import { createDemoCache } from "../../src/cli/demo/demo-cache.ts";
import {
  type HostName,
  instant,
  parseHostName,
  type Reported,
  type Serial,
  type StorePath,
} from "../../src/contract/index.ts";
import {
  CHANNEL,
  CI_KEY,
  DAY_MS,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import { openBenchBus, startOpenMosquitto, type whileOpen } from "./brokers.ts";
import { BENCH_HUB_KEY, packedNodes, startHub } from "./hub-home.ts";
import { bundledAgent, endOf, spawnAgent, trustIn } from "./order-home.ts";
import { addSystem, install, type LocalSystem } from "./order-systems.ts";

const HOSTS = ["rp4", "rp3", "x1", "nuc"].map(parseHostName);

export interface LocalHost {
  readonly host: HostName;
  /** Both in its store. */
  readonly systems: readonly [LocalSystem, LocalSystem];
}

/** Four hosts whose systems are in their stores already, an open mosquitto, and the hub. */
export interface LastHostHome {
  readonly hosts: readonly LocalHost[];
  readonly trust: readonly string[];
  /** As the host's root is when both systems lie in its store and the first one runs. */
  newRoot(host: LocalHost): Promise<string>;
  /** Publishes a release of these systems. @returns when the last host has reported that it keeps its own */
  deploy(turn: 0 | 1): Promise<void>;
}

type OnEnd = Parameters<Parameters<typeof whileOpen>[0]>[0];

export async function openLastHostHome(onEnd: OnEnd): Promise<LastHostHome> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "last-host-")));
  const cache = await createDemoCache(join(directory, "cache"), CI_KEY);
  const hosts: LocalHost[] = [];
  for (const host of HOSTS) {
    const of = (version: number) => addSystem(cache, version, host, BENCH_HUB_KEY);
    hosts.push({ host, systems: [await of(1), await of(2)] });
  }
  const server = onEnd(await serveCache(cache.directory), ({ close }) => close());
  const trust = trustIn(server.url);
  const newRoot = async ({ host, systems }: LocalHost): Promise<string> => {
    const root = await mkdtemp(join(directory, `${host}-`));
    await install(root, systems, trust);
    return root;
  };
  const broker = onEnd(await startOpenMosquitto(), ({ stop }) => stop());
  const bus = onEnd(await openBenchBus(broker, "watch"), (one) => one.close());
  const reports = await hearReports(bus);
  const programs = await bundledAgent(directory);
  for (const one of hosts) {
    const place = { broker: broker.url, cache: server.url, hubKey: BENCH_HUB_KEY };
    const root = await newRoot(one);
    const child = await spawnAgent(programs, { host: one.host, root, ...place });
    onEnd(child, endOf);
    child.stderr?.resume();
    void once(child, "exit").then(() => reports.failed(`the agent of ${one.host} ended`));
  }
  await reports.until((all) => HOSTS.every((host) => all.get(host)?.phase === "idle"));
  const groups = HOSTS.map((host) => ({ name: host, hosts: [host], parallel: 1 }));
  const places = { broker: broker.url, directory: join(directory, "hub") };
  const nodesDirectory = await packedNodes(directory);
  onEnd(await startHub({ ...places, nodesDirectory }, groups), (hub) => hub.stop());
  return { hosts, trust, newRoot, deploy: (turn) => deploy(bus, hosts, turn, reports) };
}

type Reports = Awaited<ReturnType<typeof hearReports>>;

async function hearReports(bus: Bus) {
  const all = new Map<HostName, Reported>();
  let look = (): void => undefined;
  let failed = (_why: string): void => undefined;
  await bus.subscribe({ kind: "reported" }, ({ payload }) => {
    all.set(payload.host, payload);
    look();
  });
  return {
    failed: (why: string): void => failed(why),
    /** @throws Error when an agent ends, or a host refuses or undoes */
    until: (isSo: (all: ReadonlyMap<HostName, Reported>) => boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        failed = (why) => reject(new Error(why));
        look = () => {
          const bad = [...all.values()].find(
            ({ outcome, refusal }) => refusal || (outcome && outcome.code !== "succeeded"),
          );
          if (bad) reject(new Error(JSON.stringify(bad)));
          if (isSo(all)) resolve();
        };
        look();
      }),
  };
}

let last = 0;

async function deploy(
  bus: Bus,
  hosts: readonly LocalHost[],
  turn: 0 | 1,
  reports: Reports,
): Promise<void> {
  last = Math.max(Date.now(), last + 1);
  const issued = instant(Date.now());
  const statements = hosts.map(({ host, systems }) => {
    const { path: storePath, narHash } = systems[turn];
    const when = { serial: last as Serial, issued, expires: instant(issued + DAY_MS) };
    return sealStatement(statementOf("bench", { host, storePath, narHash, ...when }));
  });
  const release = { v: 1, statements: statements.map(({ envelope }) => envelope) } as const;
  const kept = reports.until((all) =>
    hosts.every(({ host, systems }) => isKept(all.get(host), systems[turn].path)),
  );
  await bus.retain({ kind: "release", channel: CHANNEL }, release);
  await kept;
}

const isKept = (report: Reported | undefined, path: StorePath): boolean =>
  report?.outcome?.code === "succeeded" &&
  [report.target, report.current, report.profile].every((one) => one === path);
