import { setTimeout as pause } from "node:timers/promises";
import { formatSecretKey, parseKeyName } from "../../src/contract/index.ts";
import { startOpenMosquitto, whileOpen } from "./brokers.ts";
import { fleetFields } from "./hub-home.ts";
import { inTurn, ratios, spread } from "./measure.ts";
import { AGENT } from "./messages.ts";
import { type BenchNodeRed, brokerNode, startNodeRed } from "./node-red-home.ts";
import { type Comparisons, type Measured, spreadUs, type Tell } from "./row.ts";

const CHANGES = 10;
const PER_WINDOW = 2000;
const WINDOWS = 11;
const WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;

const node = (id: string, type: string, fields: object, wires: readonly string[][]) => ({
  ...{ id, type, z: "tab", x: 100, y: 100, name: "", ...fields, wires },
});

/** As the editor makes one: it sets the payload to a word. */
const RULE = { t: "set", p: "payload", pt: "msg", to: "ON", tot: "str" };

const chain = Array.from({ length: CHANGES }, (_, at) =>
  node(`change-${at}`, "change", { rules: [RULE] }, [
    [at + 1 < CHANGES ? `change-${at + 1}` : "changed"],
  ]),
);

/** Beside each of our nodes a sink hears the same message after it: ours hand nothing on. */
const flow = (broker: object) => [
  { id: "tab", type: "tab" },
  broker,
  { id: "fleet", type: "nixwave-fleet", mqttBroker: "broker", ...fleetFields([AGENT]) },
  node("to-changes", "junction", {}, [["change-0"]]),
  ...chain,
  node("changed", "junction", {}, [[]]),
  node("to-command", "junction", {}, [["command", "commanded"]]),
  node("command", "nixwave-control", { fleet: "fleet", mode: "level", duration: "forever" }, []),
  node("commanded", "junction", {}, [[]]),
  node("to-notify", "junction", {}, [["notify", "notified"]]),
  node("notify", "nixwave-notify", { server: "https://ntfy.sh", topic: "" }, [[]]),
  node("notified", "junction", {}, [[]]),
];

/** Until what the switch says is nothing new. */
async function hold(nodeRed: BenchNodeRed): Promise<void> {
  for (let waited = 0; waited < WITHIN_MS; waited += LOOK_EVERY_MS) {
    const { fleet, command } = await nodeRed.statuses();
    if (command === "unchanged") return;
    if (fleet === "open")
      await nodeRed.pass({ from: "to-command", to: "commanded", payloads: ["ON"] });
    await pause(LOOK_EVERY_MS);
  }
  throw new Error(`the fleet does not hold: ${JSON.stringify(await nodeRed.statuses())}`);
}

const measure =
  (ours: { readonly from: string; readonly to: string }, said: string) =>
  (tell: Tell): Promise<Measured> =>
    whileOpen(async (onEnd) => {
      const broker = onEnd(await startOpenMosquitto(), ({ stop }) => stop());
      const secret = formatSecretKey(parseKeyName("hub-1"), Buffer.alloc(32, 7));
      const wanted = {
        flow: flow(brokerNode("broker", broker)),
        credentials: { fleet: { hubKey: secret } },
      };
      const nodeRed = onEnd(await startNodeRed(wanted), (one) => one.stop());
      await hold(nodeRed);
      const payloads = Array.from({ length: PER_WINDOW }, () => "ON");
      const us = async (through: { readonly from: string; readonly to: string }) =>
        (await nodeRed.pass({ ...through, payloads })).us;
      const found = await inTurn({
        ours: () => us(ours),
        peer: () => us({ from: "to-changes", to: "changed" }),
        windows: WINDOWS,
        onTurn: (turn) => tell(`${turn * PER_WINDOW} messages`),
      });
      return {
        ours: `${said} ${spreadUs(spread(found.ours))}`,
        peer: `ten change nodes ${spreadUs(spread(found.peer))}`,
        ratio: spread(ratios(found.ours, found.peer)),
      };
    });

export const nodeMessageRows: Comparisons = {
  "node-message": {
    about:
      "node-message: a switch says through command what holds already / a message through ten change nodes",
    goal: 1.3,
    measure: measure({ from: "to-command", to: "commanded" }, "command"),
  },
  "node-message-notify": {
    about:
      "node-message-notify: a message through notify as flows ship it, without a topic / through ten change nodes",
    goal: 1.3,
    measure: measure({ from: "to-notify", to: "notified" }, "notify"),
  },
};
