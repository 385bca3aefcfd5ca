import { afterEach, beforeEach } from "vitest";
import { type Bus, clientIdFor, openBus } from "../../src/bus/index.ts";
import { parseHoldSource } from "../../src/contract/index.ts";
import { startAedes, startMosquitto, type TestBroker } from "../support/brokers.ts";
import { needs } from "../support/system-parts.ts";
import { runNodeRed, shareBus } from "./shared-broker-rig.ts";

export const holdState = { kind: "holdState", source: parseHoldSource("wall") } as const;
export let broker: TestBroker;
let ends: (() => Promise<unknown>)[];

/** What a test of the file opens is closed after it, the last first. */
export function useSharedHome(): void {
  beforeEach(() => {
    ends = [];
  });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
  });
}

export const atTheEnd = (end: () => Promise<unknown>): void => void ends.push(end);
export const useBroker = (started: TestBroker): void => {
  broker = started;
};

export const run = async (
  ...rest: Parameters<typeof runNodeRed> extends [number, ...infer R] ? R : never
) => {
  const red = await runNodeRed(broker.port, ...rest);
  ends.push(red.close);
  return red;
};
export const share = (...rest: Parameters<typeof shareBus>) => {
  const shared = shareBus(...rest);
  ends.push(() => shared.bus.close());
  return shared;
};
/** Somebody else on the same broker. */
export const stranger = async (): Promise<Bus> => {
  const bus = await openBus({ broker: broker.url, clientId: clientIdFor("x", "test") });
  ends.push(() => bus.close());
  return bus;
};
export const codeOf = (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    () => null,
    ({ code }: { readonly code: unknown }) => code,
  );

const mosquitto = { start: startMosquitto, ...needs("mosquitto") };
export const SHARED = [
  { over: "mosquitto, MQTT 3.1.1", ...mosquitto, protocolVersion: "4" },
  { over: "mosquitto, MQTT 5", ...mosquitto, protocolVersion: "5" },
  { over: "aedes, MQTT 3.1.1", start: startAedes, skip: false, protocolVersion: "4" },
] as const;
