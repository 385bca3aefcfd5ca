import { judgeOrder, newRatchet } from "../../src/contract/index.ts";
import { clockAt, EMPTY_JOURNAL, trustOf } from "../support/contract-builders.ts";
import {
  type BarePath,
  endBareClient,
  hearBarely,
  openBareClient,
  sendBarely,
} from "./bare-client.ts";
import { arriving, openBenchBus, startEmbedded, whileOpen } from "./brokers.ts";
import { latenciesUs, measureLatencies } from "./measure.ts";
import { AGENT, account, BARE_AGENT, desiredOf, orders } from "./messages.ts";
import { type Comparisons, type Measured, spreadUs, type Tell } from "./row.ts";

const WINDOWS = 11;
const PER_WINDOW = 300;

/** Whether the agent would take the order in these bytes. */
function isAccepted(bytes: Uint8Array): boolean {
  const input = {
    trust: trustOf(),
    ratchet: newRatchet(1),
    journal: EMPTY_JOURNAL,
    clock: clockAt(1000),
  };
  return judgeOrder(input, bytes).kind === "accepted";
}

const measureDecision = (tell: Tell): Promise<Measured> =>
  whileOpen(async (onEnd) => {
    const accounts = [account("hub", "hub"), account(AGENT, "host"), account(BARE_AGENT, "host")];
    const broker = onEnd(await startEmbedded(accounts, "in-memory"), (one) => one.stop());
    const hub = onEnd(await openBareClient(broker, "hub"), endBareClient);
    const agent = onEnd(await openBenchBus(broker, AGENT), (bus) => bus.close());
    const bare = onEnd(await openBareClient(broker, BARE_AGENT), endBareClient);
    const toBus: BarePath = { to: desiredOf(AGENT), qos: 1, retain: true };
    const toBare: BarePath = { ...toBus, to: desiredOf(BARE_AGENT) };
    let done = (): void => undefined;
    await agent.subscribe(desiredOf(AGENT), ({ bytes }) => {
      if (!isAccepted(bytes)) throw new Error("the order was not accepted");
      done();
    });
    await hearBarely(bare, toBare, () => done());
    const bytes = orders();
    let turn = 0;
    const sending = (path: BarePath) => (): Promise<void> =>
      new Promise((resolve) => {
        done = resolve;
        turn += 1;
        sendBarely(hub, path, bytes[turn % bytes.length] ?? new Uint8Array(0));
      });
    const { oursUs, peerUs, ratio } = await measureLatencies({
      ours: () => arriving("a verdict", latenciesUs(PER_WINDOW, sending(toBus))),
      peer: () => arriving("an order", latenciesUs(PER_WINDOW, sending(toBare))),
      windows: WINDOWS,
      onTurn: (window) => tell(`${window * PER_WINDOW} orders judged`),
    });
    return { ours: `verdict ${spreadUs(oursUs)}`, peer: `delivery ${spreadUs(peerUs)}`, ratio };
  });

export const decideRows: Comparisons = {
  decide: {
    about:
      "decide: desired from the hub until the agent has judged it / until a bare client has the bytes; embedded broker, in memory",
    measure: measureDecision,
  },
};
