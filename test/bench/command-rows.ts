import { endBareClient, hearBarely, openBareClient, sendBarely } from "./bare-client.ts";
import {
  arriving,
  type BenchBroker,
  type Keeping,
  openBenchBus,
  startEmbedded,
  startMosquittoAsPrinted,
  startOpenMosquitto,
  whileOpen,
} from "./brokers.ts";
import { latenciesUs, measureLatencies, quantile } from "./measure.ts";
import {
  AGENT,
  account,
  BARE_AGENT,
  desiredFrom,
  desiredOf,
  orders,
  reportBytes,
  reportedBy,
  reportNumber,
} from "./messages.ts";
import { type Comparisons, type Measured, spreadUs, type Tell } from "./row.ts";

const WINDOWS = 11;
const PER_WINDOW = 200;
/** Far below the 40 ms of a delayed ACK, which one missed no-delay would bring back. */
const P99_BELOW_MS = 10;

type RoundTrip = () => Promise<void>;
type OnEnd = Parameters<Parameters<typeof whileOpen>[0]>[0];

/** Ours: the hub's bus orders, the agent's bus reports a turn later, both at the wire's QoS 1, retained. */
async function commandTrip(broker: BenchBroker, onEnd: OnEnd): Promise<RoundTrip> {
  const hub = onEnd(await openBenchBus(broker, "hub"), (bus) => bus.close());
  const agent = onEnd(await openBenchBus(broker, AGENT), (bus) => bus.close());
  let seq = 0;
  await agent.subscribe(desiredOf(AGENT), () => {
    setImmediate(() => void agent.publish(reportedBy(AGENT), reportNumber(seq)));
  });
  let answered = (): void => undefined;
  await hub.subscribe(reportedBy(AGENT), ({ payload }) => {
    if (payload.seq === seq) answered();
  });
  const desired = orders().map(desiredFrom);
  return async () => {
    seq += 1;
    const order = desired[seq % desired.length];
    if (!order) throw new Error("no order to send");
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    void hub.publish(desiredOf(AGENT), order);
    await answer;
  };
}

/** The peer: bytes of the same sizes there and back at QoS 0, answered a turn later too. */
async function plainTrip(broker: BenchBroker, onEnd: OnEnd): Promise<RoundTrip> {
  const hub = onEnd(await openBareClient(broker, "hub"), endBareClient);
  const agent = onEnd(await openBareClient(broker, BARE_AGENT), endBareClient);
  const there = { to: desiredOf(BARE_AGENT), qos: 0, retain: false } as const;
  const back = { to: reportedBy(BARE_AGENT), qos: 0, retain: false } as const;
  const [order = new Uint8Array(0)] = orders();
  const report = reportBytes();
  let answered = (): void => undefined;
  await hearBarely(agent, there, () => {
    setImmediate(() => sendBarely(agent, back, report));
  });
  await hearBarely(hub, back, () => answered());
  return () =>
    new Promise((resolve) => {
      answered = resolve;
      sendBarely(hub, there, order);
    });
}

const measureOn = (start: () => Promise<BenchBroker>) => (tell: Tell) =>
  whileOpen(async (onEnd): Promise<Measured> => {
    const broker = onEnd(await start(), (one) => one.stop());
    const command = await commandTrip(broker, onEnd);
    const plain = await plainTrip(broker, onEnd);
    const { oursUs, peerUs, ratio, allOursUs, allPeerUs } = await measureLatencies({
      ours: () => arriving("an answer", latenciesUs(PER_WINDOW, command)),
      peer: () => arriving("an answer at QoS 0", latenciesUs(PER_WINDOW, plain)),
      windows: WINDOWS,
      onTurn: (turn) => tell(`${turn * PER_WINDOW} commands answered`),
    });
    const p99Ms = (all: readonly number[]): string => (quantile(all, 0.99) / 1000).toFixed(2);
    return {
      ours: `command ${spreadUs(oursUs)}`,
      peer: `QoS 0 ${spreadUs(peerUs)}`,
      ratio,
      also: {
        text: `p99 ${p99Ms(allOursUs)} ms of ${allOursUs.length} commands (QoS 0: ${p99Ms(allPeerUs)} ms)`,
        met: quantile(allOursUs, 0.99) / 1000 < P99_BELOW_MS,
      },
    };
  });

const embedded = (keeping: Keeping) => (): Promise<BenchBroker> =>
  startEmbedded(
    [account("hub", "hub"), account(AGENT, "host"), account(BARE_AGENT, "host")],
    keeping,
  );
const goals = { goal: 3, alsoGoal: `p99 below ${P99_BELOW_MS} ms` };

/** Order and report are retained state: the first two rows wait for the disk, the others tell what that costs. */
export const commandRows: Comparisons = {
  command: {
    about:
      "command: desired to the agent's asynchronous report, QoS 1, both kept on disk / QoS 0 there and back; embedded broker",
    ...goals,
    measure: measureOn(embedded("on-disk")),
  },
  "command-mosquitto": {
    about: "command-mosquitto: the same over mosquitto, as `nixwave acl mosquitto` configures it",
    ...goals,
    measure: measureOn(() => startMosquittoAsPrinted([AGENT, BARE_AGENT])),
  },
  "command-in-memory": {
    about: "command-in-memory: the same over the embedded broker without a state folder",
    measure: measureOn(embedded("in-memory")),
  },
  "command-mosquitto-in-memory": {
    about: "command-mosquitto-in-memory: the same over mosquitto with nothing on disk",
    measure: measureOn(startOpenMosquitto),
  },
};
