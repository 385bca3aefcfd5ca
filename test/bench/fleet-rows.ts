import { type HostName, parseHostName } from "../../src/contract/index.ts";
import {
  arriving,
  type BenchBroker,
  openBenchBus,
  startEmbedded,
  startOpenMosquitto,
  whileOpen,
} from "./brokers.ts";
import { type LoadClient, openLoadClient } from "./load-client.ts";
import { inTurn, ratios, spread } from "./measure.ts";
import { account, desiredFrom, desiredOf, inTopic, orders } from "./messages.ts";
import { publishFrame } from "./mqtt-bytes.ts";
import { type Comparisons, type Measured, spreadMs, type Tell } from "./row.ts";

const AGENTS = 1000;
const PAYLOAD_BYTES = 512;
const RETAINED = 5000;
/** Fewer than any accept backlog: a burst beyond it costs seconds of SYN retries. */
const CONNECTS_AT_ONCE = 25;

const hostsNamed = (count: number): readonly HostName[] =>
  Array.from({ length: count }, (_, index) => parseHostName(`host-${index}`));

interface Fleet {
  readonly hub: LoadClient;
  readonly agents: readonly LoadClient[];
}

async function connectFleet(
  broker: BenchBroker,
  hosts: readonly HostName[],
  tell: Tell,
): Promise<Fleet> {
  const agents: LoadClient[] = [];
  while (agents.length < hosts.length) {
    const next = hosts.slice(agents.length, agents.length + CONNECTS_AT_ONCE);
    const opened = next.map((host) => openLoadClient(broker, host, inTopic(desiredOf(host))));
    agents.push(...(await arriving("a connection", Promise.all(opened))));
    tell(`${agents.length} of ${hosts.length} agents connected`);
  }
  return { hub: await openLoadClient(broker, "hub", null), agents };
}

async function endFleet({ hub, agents }: Fleet): Promise<void> {
  await Promise.all([hub, ...agents].map((client) => client.end()));
}

/** One message to each agent, all at once, until all have theirs and the hub has every PUBACK; in ms. */
function fanOut({ hub, agents }: Fleet, packets: Uint8Array): Promise<number> {
  return new Promise((resolve) => {
    let missing = 2 * agents.length;
    const startMs = performance.now();
    const onPacket = (): void => {
      missing -= 1;
      if (missing === 0) resolve(performance.now() - startMs);
    };
    for (const client of [hub, ...agents]) client.onPacket = onPacket;
    hub.send(packets);
  });
}

const measureAgents = (tell: Tell): Promise<Measured> =>
  whileOpen(async (onEnd) => {
    const hosts = hostsNamed(AGENTS);
    const accounts = hosts.map((host) => account(host, "host"));
    const ours = onEnd(await startEmbedded([account("hub", "hub"), ...accounts]), (one) =>
      one.stop(),
    );
    const peer = onEnd(await startOpenMosquitto(), (one) => one.stop());
    const fleet = onEnd(await connectFleet(ours, hosts, tell), endFleet);
    const peerFleet = onEnd(await connectFleet(peer, hosts, tell), endFleet);
    const payload = Buffer.alloc(PAYLOAD_BYTES, "x");
    const packets = Buffer.concat(
      hosts.map((host, index) => publishFrame(index + 1, inTopic(desiredOf(host)), payload)),
    );
    const times = await inTurn({
      ours: () => arriving("a message to an agent", fanOut(fleet, packets)),
      peer: () => arriving("a message to an agent", fanOut(peerFleet, packets)),
      windows: 31,
      onTurn: (turn) => tell(`fan-out ${turn}`),
    });
    return {
      ours: `embedded ${spreadMs(spread(times.ours))}`,
      peer: `mosquitto ${spreadMs(spread(times.peer))}`,
      ratio: spread(ratios(times.ours, times.peer)),
    };
  });

/** A hub whose bus reads back what it has retained; in ms, with how many there were. */
async function openRetained(broker: BenchBroker, onEnd: OnEnd, tell: Tell) {
  const hub = onEnd(await openBenchBus(broker, "hub"), (bus) => bus.close());
  const [bytes] = orders();
  const order = desiredFrom(bytes ?? new Uint8Array(0));
  tell(`retaining ${RETAINED} messages`);
  const kept = hostsNamed(RETAINED).map((host) => hub.publish(desiredOf(host), order));
  await arriving("a PUBACK", Promise.all(kept));
  return async () => {
    const startMs = performance.now();
    const found = await hub.snapshot("desired", { timeoutMs: 30_000 });
    return { ms: performance.now() - startMs, count: found.length };
  };
}
type OnEnd = Parameters<Parameters<typeof whileOpen>[0]>[0];

const measureSnapshot = (tell: Tell): Promise<Measured> =>
  whileOpen(async (onEnd) => {
    const broker = onEnd(await startEmbedded([account("hub", "hub")]), (one) => one.stop());
    const mosquitto = onEnd(await startOpenMosquitto(), (one) => one.stop());
    const found = await inTurn({
      ours: await openRetained(broker, onEnd, tell),
      peer: await openRetained(mosquitto, onEnd, tell),
      windows: 7,
      onTurn: (turn) => tell(`snapshot ${turn}`),
    });
    const timesOf = (side: typeof found.ours): number[] => side.map(({ ms }) => ms);
    const fewest = Math.min(...[...found.ours, ...found.peer].map(({ count }) => count));
    return {
      ours: `embedded ${spreadMs(spread(timesOf(found.ours)))}`,
      peer: `mosquitto ${spreadMs(spread(timesOf(found.peer)))}`,
      ratio: spread(ratios(timesOf(found.ours), timesOf(found.peer))),
      also: { text: `at least ${fewest} of ${RETAINED} were read`, met: fewest === RETAINED },
    };
  });

export const fleetRows: Comparisons = {
  agents: {
    about: `agents: one message to each of ${AGENTS} agents on its own topic, QoS 1, until all are there and acknowledged; embedded broker / mosquitto without access rules`,
    goal: 2,
    measure: measureAgents,
  },
  snapshot: {
    about: `snapshot: ${RETAINED} retained orders read back, with the 100 ms of silence that end it; embedded broker / mosquitto without access rules`,
    alsoGoal: "none missing",
    measure: measureSnapshot,
  },
};
