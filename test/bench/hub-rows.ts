import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseBrokerUrl } from "../../src/bus/index.ts";
import { type HostName, parseHostName } from "../../src/contract/index.ts";
import { arriving, openBenchBus, PASSWORD, whileOpen } from "./brokers.ts";
import { aHost, growth, type Sized } from "./hub-figures.ts";
import { packedNodes, startHub } from "./hub-home.ts";
import type { HubUse } from "./hub-process.ts";
import { inTurn, spread } from "./measure.ts";
import { account } from "./messages.ts";
import { benchReleases, playFleet } from "./played-fleet.ts";
import { type Comparisons, type Measured, spreadMs, type Tell } from "./row.ts";

const MANY = 200;
const FEW = 20;
/** Of both fleets at one time; the others wait for their turn. */
const PARALLEL = 10;
const ROLLOUTS = 7;
/** A turn of the loop that takes longer keeps sensors and tiles waiting in a way that people notice. */
const P99_AT_MOST_MS = 100;

type OnEnd = Parameters<Parameters<typeof whileOpen>[0]>[0];

/** One rollout over a whole fleet. */
interface Run extends HubUse, Sized {
  readonly wholeMs: number;
}

async function openFleet(size: number, nodesDirectory: string, onEnd: OnEnd, tell: Tell) {
  const hosts = Array.from({ length: size }, (_, at) => parseHostName(`host-${at}`));
  const users = [account("hub", "hub"), { ...account("watch", "hub"), role: "operator" } as const];
  const ci = { ...account("ci", "hub"), role: "ci" } as const;
  const directory = await mkdtemp(join(tmpdir(), "hub-"));
  const places = {
    broker: [...users, ci, ...hosts.map((host) => account(host, "host"))],
    login: { user: "hub", password: PASSWORD },
    ...{ directory, nodesDirectory },
  };
  const groups = [{ name: "all", hosts, parallel: PARALLEL }];
  const hub = onEnd(await startHub(places, groups), (one) => one.stop());
  const broker = {
    url: parseBrokerUrl(hub.brokerUrl),
    credentials: (username: string) => ({ username, password: PASSWORD }),
    stop: () => hub.stop(),
  };
  tell(`${size} hosts connect`);
  const fleet = await playFleet(broker, hosts);
  onEnd(fleet, (buses) => Promise.all(buses.map((bus) => bus.close())));
  return { hub, hosts, ...(await openPublisher(broker, hosts, onEnd)) };
}

async function openPublisher(
  broker: Parameters<typeof openBenchBus>[0],
  hosts: readonly HostName[],
  onEnd: OnEnd,
) {
  const ci = onEnd(await openBenchBus(broker, "ci"), (bus) => bus.close());
  const watch = onEnd(await openBenchBus(broker, "watch"), (bus) => bus.close());
  let ended: { title: string | null; completion: string | null } | null = null;
  let look = (): void => undefined;
  await watch.subscribe({ kind: "rolloutStatus" }, ({ payload }) => {
    ended = payload;
    look();
  });
  const publish = benchReleases(ci, hosts);
  /** Until everybody is told that the rollout has ended well. */
  const roll = async (): Promise<void> => {
    const title = await publish();
    await new Promise<void>((resolve, reject) => {
      look = () => {
        if (ended?.title !== title || ended.completion === null) return;
        if (ended.completion === "Promoted") resolve();
        else reject(new Error(`the rollout ended as ${ended.completion}`));
      };
      look();
    });
  };
  return { roll };
}

async function openRuns(size: number, nodesDirectory: string, onEnd: OnEnd, tell: Tell) {
  const { hub, roll } = await openFleet(size, nodesDirectory, onEnd, tell);
  return async (): Promise<Run> => {
    await hub.use();
    const startMs = performance.now();
    await arriving("the end of a rollout", roll());
    const wholeMs = performance.now() - startMs;
    return { hosts: size, wholeMs, ...(await hub.use()) };
  };
}

const measureRuns = (tell: Tell) =>
  whileOpen(async (onEnd) => {
    const nodes = await packedNodes(await mkdtemp(join(tmpdir(), "nodes-")));
    return await inTurn({
      ours: await openRuns(MANY, nodes, onEnd, tell),
      peer: await openRuns(FEW, nodes, onEnd, tell),
      windows: ROLLOUTS,
      onTurn: (turn) => tell(`rollout ${turn + 1} of ${ROLLOUTS}`),
    });
  });

let measured: ReturnType<typeof measureRuns> | undefined;

/** The three rows look at the same rollouts. */
const runs = (tell: Tell): ReturnType<typeof measureRuns> => {
  measured ??= measureRuns(tell);
  return measured;
};

const compare =
  (what: string, of: (run: Run) => number, also: (ours: readonly Run[]) => Measured["also"]) =>
  async (tell: Tell): Promise<Measured> => {
    const { ours, peer } = await runs(tell);
    const [many, few] = [ours.map(of), peer.map(of)];
    const more = also(ours);
    return {
      ours: `${MANY} hosts, ${what} ${spreadMs(spread(many))}`,
      peer: `${FEW} hosts, ${what} ${spreadMs(spread(few))}`,
      ratio: growth(ours, peer, of),
      ...(more ? { also: more } : {}),
    };
  };

const median = (all: readonly Run[], of: (run: Run) => number): number =>
  spread(all.map(of)).median;

const wholeTime = (ours: readonly Run[]): Measured["also"] => {
  const text = `${MANY} hosts in ${(median(ours, ({ wholeMs }) => wholeMs) / 1000).toFixed(2)} s`;
  return { text, met: true };
};

const memory = (ours: readonly Run[]): Measured["also"] => {
  const of = (what: "rssMiB" | "heapMiB"): string => median(ours, (run) => run[what]).toFixed(0);
  return { text: `hub and broker in ${of("rssMiB")} MiB, heap ${of("heapMiB")} MiB`, met: true };
};

const delays = (ours: readonly Run[]): Measured["also"] => {
  const of = (what: keyof HubUse["delayMs"]): number =>
    median(ours, ({ delayMs }) => delayMs[what]);
  const text = `p50 ${of("p50").toFixed(1)} ms, p99 ${of("p99").toFixed(1)} ms, longest ${of("max").toFixed(0)} ms`;
  return { text, met: of("p99") <= P99_AT_MOST_MS };
};

const ABOUT = `of the hub in a rollout over ${MANY} simulated hosts, ${PARALLEL} at a time, embedded broker in it / over ${FEW}`;

export const hubRows: Comparisons = {
  "hub-200": {
    about: `hub-200: time a host, from the release until everybody is told of the end, ${ABOUT}`,
    goal: 1,
    measure: compare(
      "each",
      aHost(({ wholeMs }) => wholeMs),
      wholeTime,
    ),
  },
  "hub-200-cpu": {
    about: `hub-200-cpu: processor time a host, ${ABOUT}`,
    goal: 1,
    measure: compare(
      "each",
      aHost(({ cpuMs }) => cpuMs),
      memory,
    ),
  },
  "hub-200-delay": {
    about: `hub-200-delay: event-loop delay, 99th percentile, ${ABOUT}`,
    goal: MANY / FEW,
    alsoGoal: `p99 <= ${P99_AT_MOST_MS} ms`,
    measure: compare("p99", ({ delayMs }) => delayMs.p99, delays),
  },
};
