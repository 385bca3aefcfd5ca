import { beforeEach, describe } from "vitest";
import type { Bus, BusOptions, Message } from "../../src/bus/index.ts";
import type { WireKind } from "../../src/contract/index.ts";
import { startAedes, startMosquitto, startNats, type TestBroker } from "./brokers.ts";
import type { openBuses } from "./open-buses.ts";
import { needs } from "./system-parts.ts";

const BROKERS = [
  { name: "aedes", start: startAedes, skip: false },
  { name: "mosquitto", start: startMosquitto, ...needs("mosquitto") },
  { name: "NATS", start: startNats, ...needs("nats-server") },
] as const;

interface OnBroker {
  readonly broker: () => TestBroker;
  readonly open: (options?: Partial<BusOptions>) => Promise<Bus>;
  /** Ends the broker as a power cut would. */
  readonly kill: () => Promise<void>;
  /** Starts one of the same kind on the same port, with nothing remembered. */
  readonly startAgain: () => Promise<void>;
}

/** The same tests on every broker: aedes, mosquitto, NATS. */
export function onEachBroker(
  what: string,
  { opened, afterwards }: ReturnType<typeof openBuses>,
  tests: (on: OnBroker) => void,
): void {
  for (const { name, start, skip } of BROKERS) {
    describe.skipIf(skip)(`${what} on ${name}`, () => {
      let broker: TestBroker;
      beforeEach(async () => {
        broker = await start({});
        afterwards(() => broker.stop());
      });
      tests({
        broker: () => broker,
        open: (options = {}) => opened({ broker: broker.url, ...options }),
        kill: () => broker.kill(),
        startAgain: async () => {
          broker = await start({ port: broker.port });
        },
      });
    });
  }
}

/** What arrives of one kind, in order. */
export async function listen<K extends WireKind>(bus: Bus, kind: K): Promise<Message<K>[]> {
  const messages: Message<K>[] = [];
  await bus.subscribe({ kind }, (message) => messages.push(message));
  return messages;
}
