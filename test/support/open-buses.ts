import { afterEach, beforeEach } from "vitest";
import {
  type Bus,
  type BusEvent,
  type BusOptions,
  clientIdFor,
  openBus,
} from "../../src/bus/index.ts";
import type { TestBroker } from "./brokers.ts";

/** Reconnects almost at once: a test waits for the event, not for the default's politeness. */
const FAST = { firstMs: 10, maxMs: 50 };

/** Patience for `expect.poll`, in ms. */
export const soon = { timeout: 20_000, interval: 10 };

interface OpenBuses {
  /** A bus that is closed after the test; its log goes to `events`. */
  readonly opened: (options: Pick<BusOptions, "broker"> & Partial<BusOptions>) => Promise<Bus>;
  /** A broker that is stopped after the test, after every bus opened later. */
  readonly started: <B extends TestBroker>(starting: Promise<B>) => Promise<B>;
  /** Runs after the test, before what was asked for earlier. */
  readonly afterwards: (end: () => Promise<unknown> | unknown) => void;
  readonly events: () => readonly BusEvent[];
  /** How often that happened, to all buses of the test. */
  readonly seen: (name: BusEvent["event"]) => number;
}

/** Registers the clean-up with vitest; call it once at the top of a file. */
export function openBuses(): OpenBuses {
  let ends: (() => Promise<unknown> | unknown)[] = [];
  let events: BusEvent[] = [];
  beforeEach(() => {
    ends = [];
    events = [];
  });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
  });
  return {
    opened: async (options) => {
      const bus = await openBus({
        clientId: clientIdFor(options.username ?? "rp3", "test"),
        reconnect: FAST,
        log: (event) => events.push(event),
        ...options,
      });
      ends.push(() => bus.close());
      return bus;
    },
    started: async (starting) => {
      const broker = await starting;
      ends.push(() => broker.stop());
      return broker;
    },
    afterwards: (end) => void ends.push(end),
    events: () => events,
    seen: (name) => events.filter(({ event }) => event === name).length,
  };
}
