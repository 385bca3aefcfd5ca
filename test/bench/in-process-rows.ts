import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Broker, makeAccounts, openBroker } from "../../src/broker/index.ts";
import { type Bus, parseBrokerUrl } from "../../src/bus/index.ts";
import { DEFAULT_BASE } from "../../src/contract/index.ts";
import { CHEAP_HASHING } from "./broker-terms.ts";
import {
  arriving,
  type BenchBroker,
  openBenchBus,
  PASSWORD,
  startOpenMosquitto,
  whileOpen,
} from "./brokers.ts";
import { latenciesUs, measureLatencies } from "./measure.ts";
import {
  AGENT,
  account,
  desiredFrom,
  desiredOf,
  orders,
  progressAt,
  progressOf,
} from "./messages.ts";
import { type Comparisons, type Measured, spreadUs, type Tell } from "./row.ts";

const WINDOWS = 11;
const PER_WINDOW = 1000;

/** The broker inside this process with its durable store, as Node-RED carries it. */
async function openHere(): Promise<Broker & BenchBroker> {
  const broker = await openBroker({
    listeners: [{ kind: "tcp", port: 0 }],
    accounts: await makeAccounts(
      [account("hub", "hub"), account(AGENT, "host")],
      DEFAULT_BASE,
      CHEAP_HASHING,
    ),
    stateDir: await mkdtemp(join(tmpdir(), "nixwave-bench-broker-")),
  });
  return {
    ...broker,
    url: parseBrokerUrl(broker.addresses[0]?.url ?? ""),
    credentials: (username) => ({ username, password: PASSWORD }),
    stop: () => broker.close(),
  };
}

/** What is sent from one side and seen at the other; both come from `Bus`, or the first from `Broker`. */
interface Route {
  readonly sender: string;
  readonly receiver: string;
  send(from: Pick<Bus, "publish">, turn: number): Promise<void>;
  /** Calls `arrived` for every message of this route. */
  listen(at: Bus, arrived: () => void): Promise<unknown>;
}

const smallMessages: Route = {
  sender: AGENT,
  receiver: "hub",
  send: (from, turn) => from.publish(progressOf(AGENT), progressAt(turn)),
  listen: (at, arrived) => at.subscribe(progressOf(AGENT), arrived),
};

function retainedOrders(): Route {
  const desired = orders().map(desiredFrom);
  return {
    sender: "hub",
    receiver: AGENT,
    send: async (from, turn) => {
      const order = desired[turn % desired.length];
      if (order) await from.publish(desiredOf(AGENT), order);
    },
    listen: (at, arrived) => at.subscribe(desiredOf(AGENT), arrived),
  };
}

async function trips(
  route: Route,
  from: Pick<Bus, "publish">,
  at: Bus,
): Promise<() => Promise<void>> {
  let arrived = (): void => undefined;
  let turn = 0;
  await route.listen(at, () => arrived());
  return () =>
    new Promise((resolve, reject) => {
      arrived = resolve;
      turn += 1;
      route.send(from, turn).catch(reject);
    });
}

const measureRoute = (makeRoute: () => Route) => (tell: Tell) =>
  whileOpen(async (onEnd): Promise<Measured> => {
    const route = makeRoute();
    const here = onEnd(await openHere(), (one) => one.stop());
    const away = onEnd(await startOpenMosquitto(), (one) => one.stop());
    const end = (bus: Bus): Promise<void> => bus.close();
    const reader = onEnd(await openBenchBus(here, route.receiver), end);
    const farReader = onEnd(await openBenchBus(away, route.receiver), end);
    const farWriter = onEnd(await openBenchBus(away, route.sender), end);
    const ours = await trips(route, here, reader);
    const peer = await trips(route, farWriter, farReader);
    const { oursUs, peerUs, ratio } = await measureLatencies({
      ours: () => arriving("a message", latenciesUs(PER_WINDOW, ours)),
      peer: () =>
        arriving("a message over mosquitto without access rules", latenciesUs(PER_WINDOW, peer)),
      windows: WINDOWS,
      onTurn: (turn) => tell(`${turn * PER_WINDOW} messages`),
    });
    return { ours: `embedded ${spreadUs(oursUs)}`, peer: `mosquitto ${spreadUs(peerUs)}`, ratio };
  });

export const inProcessRows: Comparisons = {
  "in-process": {
    about:
      "in-process: progress from the broker's own process to a bus / from bus to bus over mosquitto without access rules",
    goal: 0.5,
    measure: measureRoute(() => smallMessages),
  },
  "in-process-desired": {
    about:
      "in-process-desired: the same for desired, which the embedded broker writes to disk first",
    measure: measureRoute(retainedOrders),
  },
};
