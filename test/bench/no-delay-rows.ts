import { endBareClient, hearBarely, openBareClient, sendBarely } from "./bare-client.ts";
import {
  arriving,
  type BenchBroker,
  startEmbedded,
  startOpenMosquitto,
  whileOpen,
} from "./brokers.ts";
import { latenciesUs, measureLatencies, quantile } from "./measure.ts";
import {
  AGENT,
  account,
  BARE_AGENT,
  desiredOf,
  inTopic,
  reportBytes,
  reportedBy,
} from "./messages.ts";
import { brokerNode, hubSecrets, startNodeRed } from "./node-red-home.ts";
import { type Comparisons, type Measured, spreadUs, type Tell } from "./row.ts";

const WINDOWS = 7;
const PER_WINDOW = 50;
/** Far below the 40 ms of a delayed ACK. */
const P99_BELOW_MS = 10;
/** A stall of 42 ms in ours, too, would be a ratio of 1; without it a round trip takes a fiftieth. */
const GOAL = 0.25;

type OnEnd = Parameters<Parameters<typeof whileOpen>[0]>[0];

const mqttNode = (type: string, topic: string, wires: readonly string[][]) => ({
  ...{ id: type.replace(" ", "-"), type, z: "tab", x: 100, y: 100, topic, qos: "1", retain: "" },
  ...{ datatype: "buffer", broker: "core", nl: false, rap: true, rh: 0, wires },
});

/** The user's own nodes on a broker node that no fleet shares: they answer a report with what came. */
const flowOn = (broker: BenchBroker) => [
  { id: "tab", type: "tab" },
  ...["broker", "core"].map((id) => brokerNode(id, broker)),
  mqttNode("mqtt in", inTopic(reportedBy(BARE_AGENT)), [["mqtt-out"]]),
  mqttNode("mqtt out", inTopic(desiredOf(BARE_AGENT)), []),
];

/** A host's client says a report at QoS 1 and waits for what Node-RED answers at QoS 1. */
async function openAsking(broker: BenchBroker, host: typeof AGENT, onEnd: OnEnd) {
  const client = onEnd(await openBareClient(broker, host), endBareClient);
  let answered = (): void => undefined;
  await hearBarely(client, { to: desiredOf(host), qos: 1, retain: false }, () => answered());
  const report = reportBytes();
  return (): Promise<void> =>
    new Promise((resolve) => {
      answered = resolve;
      sendBarely(client, { to: reportedBy(host), qos: 1, retain: false }, report);
    });
}

const measureOn = (start: () => Promise<BenchBroker>) => (tell: Tell) =>
  whileOpen(async (onEnd): Promise<Measured> => {
    const broker = onEnd(await start(), (one) => one.stop());
    const secrets = hubSecrets(broker);
    const credentials = { broker: secrets, core: secrets };
    onEnd(await startNodeRed({ flow: flowOn(broker), credentials, answers: AGENT }), (one) =>
      one.stop(),
    );
    const shared = await openAsking(broker, AGENT, onEnd);
    const core = await openAsking(broker, BARE_AGENT, onEnd);
    const { oursUs, peerUs, ratio, allOursUs, allPeerUs } = await measureLatencies({
      ours: () => arriving("the fleet's answer", latenciesUs(PER_WINDOW, shared)),
      peer: () => arriving("an mqtt node's answer", latenciesUs(PER_WINDOW, core)),
      windows: WINDOWS,
      onTurn: (turn) => tell(`${turn * PER_WINDOW} reports answered`),
    });
    const p99Ms = (all: readonly number[]): number => quantile(all, 0.99) / 1000;
    return {
      ours: `a fleet's connection over the broker node ${spreadUs(oursUs)}`,
      peer: `mqtt in and mqtt out ${spreadUs(peerUs)}`,
      ratio,
      also: {
        text: `p99 ${p99Ms(allOursUs).toFixed(2)} ms of ${allOursUs.length} (mqtt nodes: ${p99Ms(allPeerUs).toFixed(2)} ms)`,
        met: p99Ms(allOursUs) < P99_BELOW_MS,
      },
    };
  });

const goals = { goal: GOAL, alsoGoal: `p99 below ${P99_BELOW_MS} ms` };

export const noDelayRows: Comparisons = {
  "no-delay": {
    about:
      "no-delay: a report to its order over Node-RED's own broker node, QoS 1 both ways, mosquitto; as the fleet shares it / through the user's mqtt in and mqtt out",
    ...goals,
    measure: measureOn(startOpenMosquitto),
  },
  "no-delay-embedded": {
    about: "no-delay-embedded: the same over the embedded broker, nothing on disk",
    ...goals,
    measure: measureOn(() =>
      startEmbedded(
        [account("hub", "hub"), account(AGENT, "host"), account(BARE_AGENT, "host")],
        "in-memory",
      ),
    ),
  },
};
