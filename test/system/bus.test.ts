import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/bus/connection.ts";
import { dialFor } from "../../src/bus/dial.ts";
import {
  type Bus,
  type BusEvent,
  type BusOptions,
  brokerEndpoint,
  clientIdFor,
  type Message,
  openBus,
} from "../../src/bus/index.ts";
import {
  DEFAULT_BASE,
  parseHoldSource,
  parseHostName,
  parseRolloutId,
  parseSessionId,
  parseUserName,
  WIRE,
  WIRE_KINDS,
  type WireKind,
} from "../../src/contract/index.ts";
import { startAedes, startMosquitto, startNats, type TestBroker } from "../support/brokers.ts";
import { needs } from "../support/system-parts.ts";

const rp3 = parseHostName("rp3");
const wall = parseHoldSource("wall");
const session = (digit: number) =>
  parseSessionId(`00000000-0000-4000-8000-${String(digit).padStart(12, "0")}`);
const availability = { kind: "availability", host: rp3 } as const;
const holdState = { kind: "holdState", source: wall } as const;
const soon = { timeout: 10_000, interval: 10 };

interface Kind {
  readonly name: string;
  readonly start: (options?: { readonly port: number }) => Promise<TestBroker>;
  readonly skip: boolean;
}
const BROKERS: readonly Kind[] = [
  { name: "aedes", start: startAedes, skip: false },
  { name: "mosquitto", start: startMosquitto, ...needs("mosquitto") },
  { name: "NATS", start: startNats, ...needs("nats-server") },
];

describe.each(BROKERS)("the bus on $name", ({ start, skip }) => {
  describe.skipIf(skip)("", () => {
    let broker: TestBroker;
    let buses: Bus[];
    let events: BusEvent[];

    const open = async (options: Partial<BusOptions> = {}): Promise<Bus> => {
      const bus = await openBus({
        broker: broker.url,
        clientId: clientIdFor("rp3", "test"),
        reconnect: { firstMs: 20, maxMs: 100 },
        log: (event) => events.push(event),
        ...options,
      });
      buses.push(bus);
      return bus;
    };
    const listen = async <K extends WireKind>(bus: Bus, kind: K): Promise<Message<K>[]> => {
      const messages: Message<K>[] = [];
      await bus.subscribe({ kind }, (message) => messages.push(message));
      return messages;
    };
    const seen = (name: BusEvent["event"]): number =>
      events.filter(({ event }) => event === name).length;

    beforeEach(async () => {
      buses = [];
      events = [];
      broker = await start();
    });
    afterEach(async () => {
      await Promise.all(buses.map((bus) => bus.close()));
      await broker.stop();
    });

    it("tells a stored copy from a message published just now", async () => {
      const bus = await open();
      await bus.publish(holdState, "ON");
      const messages = await listen(bus, "holdState");
      await expect.poll(() => messages.length, soon).toBe(1);
      await bus.publish(holdState, "OFF");
      await expect.poll(() => messages.length, soon).toBe(2);
      expect(messages.map(({ payload, retained }) => [payload, retained])).toEqual([
        ["ON", true],
        ["OFF", false],
      ]);
    });

    it("delivers events once, in order, and keeps none for later subscribers", async () => {
      const bus = await open();
      const early = await listen(bus, "holdSet");
      for (const word of ["ON", "OFF", "ON"] as const) {
        await bus.publish({ kind: "holdSet", source: wall }, word);
      }
      await expect.poll(() => early.length, soon).toBe(3);
      expect(early.map(({ payload }) => payload)).toEqual(["ON", "OFF", "ON"]);
      expect(await bus.snapshot("holdSet", { timeoutMs: 5000 })).toEqual([]);
    });

    it("is born on connecting and says goodbye on closing", async () => {
      const watcher = await open();
      const messages = await listen(watcher, "availability");
      const host = await open({ presence: { address: availability, session: session(1) } });
      await expect.poll(() => messages.at(-1)?.payload.state, soon).toBe("online");
      await host.close();
      await expect
        .poll(() => messages.at(-1)?.payload, soon)
        .toEqual({
          state: "offline",
          session: session(1),
        });
      const [kept] = await watcher.snapshot("availability", { timeoutMs: 5000 });
      expect(kept?.payload.state).toBe("offline");
    });

    it("comes back by itself with birth, owned state and subscriptions after the broker died", async () => {
      const host = await open({ presence: { address: availability, session: session(1) } });
      await host.retain(holdState, "OFF");
      await host.retain(holdState, "ON");
      const heard = await listen(host, "deploySet");
      await broker.kill();
      await expect.poll(() => host.connected, soon).toBe(false);
      broker = await start({ port: broker.port });
      await expect.poll(() => seen("connected"), soon).toBe(2);
      const watcher = await open({ clientId: clientIdFor("hub", "test") });
      await expect
        .poll(async () => await watcher.snapshot("availability", { timeoutMs: 5000 }), soon)
        .toMatchObject([{ payload: { state: "online", session: session(1) } }]);
      expect(await watcher.snapshot("holdState", { timeoutMs: 5000 })).toMatchObject([
        { payload: "ON" },
      ]);
      await watcher.publish({ kind: "deploySet" }, "PRESS");
      await expect.poll(() => heard.length, soon).toBe(1);
    });

    it("hands over after the reconnect what was published without a broker, of a state the latest", async () => {
      const bus = await open();
      await broker.kill();
      await expect.poll(() => bus.connected, soon).toBe(false);
      const handedOver = Promise.all([
        bus.publish(holdState, "ON"),
        bus.publish(holdState, "OFF"),
        bus.publish({ kind: "deploySet" }, "PRESS"),
      ]);
      await bus.publish(
        { kind: "progress", host: rp3 },
        {
          v: 1,
          rollout: parseRolloutId("r1"),
          attempt: 1,
          phase: "staging",
          percent: null,
          bytesDone: 0,
          bytesTotal: 0,
          pathsDone: 0,
          pathsTotal: 0,
        },
      );
      expect(seen("dropped")).toBe(1);
      broker = await start({ port: broker.port });
      await handedOver;
      const watcher = await open();
      expect(await watcher.snapshot("holdState", { timeoutMs: 5000 })).toMatchObject([
        { payload: "OFF" },
      ]);
    });

    it("refuses with a code what the full outbox cannot take", async () => {
      const bus = await open({ outboxLimit: 2 });
      await broker.kill();
      await expect.poll(() => bus.connected, soon).toBe(false);
      const waiting = [1, 2].map(() => bus.publish({ kind: "deploySet" }, "PRESS"));
      await expect(bus.publish({ kind: "deploySet" }, "PRESS")).rejects.toMatchObject({
        code: "outbox-full",
      });
      const ends = Promise.allSettled(waiting);
      await bus.close();
      expect(await ends).toMatchObject([1, 2].map(() => ({ reason: { code: "bus-closed" } })));
      broker = await start({ port: broker.port });
    });

    it("sends what it still has before it closes", async () => {
      const watcher = await open();
      const heard = await listen(watcher, "controlRequest");
      const bus = await open();
      const address = { kind: "controlRequest", user: parseUserName("ana") } as const;
      const all = Array.from({ length: 200 }, (_, index) =>
        bus.publish(address, { id: `r${index}`, action: "hold" } as never),
      );
      await bus.close();
      await Promise.all(all);
      await expect.poll(() => heard.length, soon).toBe(200);
    });

    it("confirms a publish when it can be read back", async () => {
      const bus = await open();
      await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
      await bus.publishConfirmed(holdState, "ON", { timeoutMs: 10_000 });
      await bus.publishConfirmed(holdState, "OFF", { timeoutMs: 10_000 });
      expect(await bus.snapshot("holdState", { timeoutMs: 5000 })).toMatchObject([
        { payload: "OFF", retained: true },
      ]);
    });

    it("forgets a cleared topic and tells whoever listens", async () => {
      const bus = await open();
      await bus.retain(holdState, "ON");
      const cleared: unknown[] = [];
      await bus.subscribe(
        { kind: "holdState" },
        () => undefined,
        undefined,
        (address) => cleared.push(address),
      );
      await bus.clear(holdState);
      await expect.poll(() => cleared, soon).toEqual([holdState]);
      expect(await bus.snapshot("holdState", { timeoutMs: 5000 })).toEqual([]);
    });

    it("hears nothing more after unsubscribing, while another listener does", async () => {
      const bus = await open();
      const [mine, other]: string[][] = [[], []];
      const subscription = await bus.subscribe({ kind: "holdState" }, ({ payload }) =>
        mine?.push(payload),
      );
      await bus.subscribe(holdState, ({ payload }) => other?.push(payload));
      subscription.unsubscribe();
      await bus.publish(holdState, "ON");
      await expect.poll(() => other?.length, soon).toBeGreaterThan(0);
      expect(mine).toEqual([]);
    });

    it("puts its presence right when a late will of an old session has overwritten it", async () => {
      const host = await open({ presence: { address: availability, session: session(2) } });
      const watcher = await open();
      await watcher.publish(availability, { state: "offline", session: session(1) });
      await expect
        .poll(async () => await watcher.snapshot("availability", { timeoutMs: 5000 }), soon)
        .toMatchObject([{ payload: { state: "online", session: session(2) } }]);
      expect(seen("presence-restored")).toBeGreaterThan(0);
      expect(host.connected).toBe(true);
    });

    it("takes a snapshot of more retained messages than a QoS 1 subscriber would get", async () => {
      const bus = await open();
      const count = 1500;
      await Promise.all(
        Array.from({ length: count }, (_, index) =>
          bus.publish(
            { kind: "availability", host: parseHostName(`host-${index}`) },
            { state: "online", session: session(index) },
          ),
        ),
      );
      const messages = await bus.snapshot("availability", { timeoutMs: 30_000 });
      expect(new Set(messages.map(({ address }) => address.host)).size).toBe(count);
      expect(messages.every(({ retained }) => retained)).toBe(true);
    });

    /** Sends bytes as they are, as a device with a will of its own would. */
    const sendRaw = async (messages: readonly (readonly [string, Uint8Array])[]): Promise<void> => {
      const stranger = await connect({
        broker: broker.url,
        dial: await dialFor(brokerEndpoint(broker.url)),
        clientId: "stranger",
        connectTimeoutMs: 5000,
        keepaliveSeconds: 30,
        onMessage: () => undefined,
      });
      const handedOver = messages.map(
        ([topic, bytes]) =>
          new Promise<void>((done) => {
            stranger.send({ topic: `${DEFAULT_BASE}/${topic}`, bytes, qos: 1, retain: true }, done);
          }),
      );
      await Promise.all(handedOver);
      await stranger.end(1000);
    };

    it("leaves what the contract refuses out of a snapshot and says so", async () => {
      const bus = await open();
      await bus.publish(availability, { state: "online", session: session(1) });
      await sendRaw([
        ["hosts/RP9/availability", Buffer.from("{}")],
        ["hosts/rp4/availability", Buffer.from("{}")],
      ]);
      const snapshot = await bus.snapshot("availability", { timeoutMs: 5000 });
      expect(snapshot).toMatchObject([{ address: availability }]);
      expect(seen("message-refused")).toBe(2);
    });

    it("survives any bytes on every topic, live and stored", async () => {
      const bus = await open();
      const garbage = fc.sample(fc.uint8Array({ minLength: 1 }), WIRE_KINDS.length * 3);
      const messages = garbage.map((bytes, index) => {
        const kind = WIRE_KINDS[index % WIRE_KINDS.length] ?? "desired";
        return [WIRE[kind].topic.replace(/<\w+>/, `x${index}`), bytes] as const;
      });
      const refused = new Set<string>();
      const subscribeAll = async (): Promise<void> => {
        for (const kind of WIRE_KINDS) {
          await bus.subscribe(
            { kind },
            () => undefined,
            (_error, topic) => refused.add(topic),
          );
        }
      };
      await subscribeAll();
      await sendRaw(messages);
      const topics = new Set(messages.map(([topic]) => `${DEFAULT_BASE}/${topic}`));
      await expect.poll(() => refused, soon).toEqual(topics);
      refused.clear();
      await subscribeAll();
      await expect.poll(() => refused, soon).toEqual(topics);
      expect(bus.connected).toBe(true);
    });

    it("tells listeners of the connection's end and return, until they stop listening", async () => {
      const bus = await open();
      const told: string[] = [];
      const stop = bus.onConnection(({ event }) => told.push(event));
      await broker.kill();
      await expect.poll(() => told, soon).toEqual(["lost"]);
      stop();
      broker = await start({ port: broker.port });
      await expect.poll(() => seen("connected"), soon).toBe(2);
      expect(told).toEqual(["lost"]);
    });

    it("does nothing after it was closed", async () => {
      const bus = await open();
      await bus.close();
      await bus.close();
      expect(bus.connected).toBe(false);
      await expect(bus.publish(holdState, "ON")).rejects.toMatchObject({ code: "bus-closed" });
      await expect(listen(bus, "holdState")).rejects.toMatchObject({ code: "bus-closed" });
    });
  });
});
