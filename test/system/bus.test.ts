import fc from "fast-check";
import { expect, it } from "vitest";
import { connect } from "../../src/bus/connection.ts";
import { dialFor } from "../../src/bus/dial.ts";
import { brokerEndpoint } from "../../src/bus/index.ts";
import {
  DEFAULT_BASE,
  parseHoldSource,
  parseHostName,
  parseSessionId,
  parseUserName,
  WIRE,
  WIRE_KINDS,
} from "../../src/contract/index.ts";
import { listen, onEachBroker } from "../support/each-broker.ts";
import { openBuses, soon } from "../support/open-buses.ts";

const rp3 = parseHostName("rp3");
const wall = parseHoldSource("wall");
const session = (digit: number) =>
  parseSessionId(`00000000-0000-4000-8000-${String(digit).padStart(12, "0")}`);
const availability = { kind: "availability", host: rp3 } as const;
const holdState = { kind: "holdState", source: wall } as const;
const buses = openBuses();
const { seen } = buses;

onEachBroker("the bus", buses, ({ broker, open }) => {
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
      broker: broker().url,
      dial: await dialFor(brokerEndpoint(broker().url)),
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
});
