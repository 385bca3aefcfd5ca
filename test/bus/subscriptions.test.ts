import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BusEvent } from "../../src/bus/index.ts";
import { type Message, matches, mqttFilter, Subscriptions } from "../../src/bus/subscriptions.ts";
import {
  DEFAULT_BASE,
  filterOf,
  instant,
  parseHostName,
  WIRE_KINDS,
  type WireKind,
} from "../../src/contract/index.ts";

const NOW = instant(1_700_000_000_000);
const online = Buffer.from(
  JSON.stringify({ state: "online", session: "00000000-0000-4000-8000-000000000001" }),
);

const listening = (...kinds: readonly WireKind[]) => {
  const logged: BusEvent[] = [];
  const messages: Message<WireKind>[] = [];
  const refused: string[] = [];
  const cleared: unknown[] = [];
  const subscriptions = new Subscriptions(DEFAULT_BASE, (event) => logged.push(event));
  for (const kind of kinds) {
    subscriptions.add(filterOf(DEFAULT_BASE, kind), {
      onMessage: (message) => messages.push(message),
      onRefused: (error) => refused.push(error.code),
      onCleared: (address) => cleared.push(address),
    });
  }
  const arrive = (topic: string, bytes: Uint8Array, retained = false): void =>
    subscriptions.dispatch({ topic: `${DEFAULT_BASE}/${topic}`, bytes, retained }, NOW);
  return { subscriptions, arrive, logged, messages, refused, cleared };
};

describe("a subscription", () => {
  it("gets the parsed payload, the exact bytes, and whether it was a stored copy", () => {
    const { arrive, messages } = listening("availability");
    arrive("hosts/rp3/availability", online, true);
    arrive("hosts/rp3/availability", online, false);
    expect(messages.map((one) => one.retained)).toEqual([true, false]);
    expect(messages[0]).toMatchObject({
      address: { kind: "availability", host: "rp3" },
      payload: { state: "online" },
      bytes: online,
      receivedAt: NOW,
    });
  });

  it("is told what the broker sends once more", () => {
    const { subscriptions, messages } = listening("deploySet");
    const topic = `${DEFAULT_BASE}/control/deploy/set`;
    const bytes = Buffer.from("PRESS");
    for (const repeated of [false, true]) {
      subscriptions.dispatch({ topic, bytes, retained: false, repeated }, NOW);
    }
    expect(messages.map((one) => one.repeated)).toEqual([false, true]);
  });

  it("gets what it asked for and nothing else", () => {
    const { arrive, messages, refused } = listening("availability");
    arrive("hub/status", online);
    arrive("hosts/rp3/reported", online);
    arrive("hosts/rp3/x/availability", online);
    expect([messages, refused]).toEqual([[], []]);
  });

  it("is told the code of bytes and of names that the contract refuses", () => {
    const { arrive, messages, refused, logged } = listening("availability", "holdState");
    arrive("hosts/rp3/availability", Buffer.from("{"));
    arrive("hosts/RP3/availability", online);
    arrive("control/hold/wall/state", Buffer.from("on"));
    arrive("hosts/rp3/availability", Buffer.alloc(2000, 32));
    expect(messages).toEqual([]);
    expect(refused).toEqual(["not-json", "invalid-host-name", "invalid-field", "too-large"]);
    expect(logged.map(({ event }) => event)).toEqual(refused.map(() => "message-refused"));
  });

  it("hears of a cleared topic, and not as a payload", () => {
    const { arrive, messages, refused, cleared } = listening("availability", "controlRequest");
    arrive("hosts/rp3/availability", Buffer.alloc(0));
    expect(cleared).toEqual([{ kind: "availability", host: "rp3" }]);
    expect([messages, refused]).toEqual([[], []]);
    arrive("control/ana/request", Buffer.alloc(0));
    expect(refused).toEqual(["not-json"]);
  });

  it("goes on for the others when one listener throws", () => {
    const { subscriptions, arrive, messages, logged } = listening();
    const filter = filterOf(DEFAULT_BASE, "availability");
    const listener = { onRefused: undefined, onCleared: undefined };
    subscriptions.add(filter, {
      ...listener,
      onMessage: () => {
        throw new Error("mine");
      },
    });
    subscriptions.add(filter, { ...listener, onMessage: (message) => messages.push(message) });
    arrive("hosts/rp3/availability", online);
    expect(messages).toHaveLength(1);
    expect(logged).toMatchObject([{ event: "listener-failed" }]);
  });

  it("survives any bytes on any topic", () => {
    const { subscriptions, arrive } = listening(...WIRE_KINDS);
    const level = fc.oneof(
      fc.string(),
      fc.constantFrom("rp3", "main", "wall", "ana", "", "+", "#"),
    );
    const topic = fc
      .tuple(fc.constantFrom(...WIRE_KINDS), level)
      .map(([kind, name]) => filterOf(DEFAULT_BASE, kind).replace("+", name));
    fc.assert(
      fc.property(
        fc.oneof(topic, fc.string()),
        fc.uint8Array(),
        fc.boolean(),
        (name, bytes, kept) => {
          subscriptions.dispatch({ topic: name, bytes, retained: kept }, NOW);
        },
      ),
      { numRuns: 2000 },
    );
    expect(() => arrive("hub/status", online)).not.toThrow();
  });
});

describe("an MQTT filter", () => {
  it("is the topic for one address and has a plus for a kind", () => {
    const host = parseHostName("rp3");
    expect(mqttFilter(DEFAULT_BASE, { kind: "desired", host })).toBe(
      "nixwave/v1/hosts/rp3/desired",
    );
    expect(mqttFilter(DEFAULT_BASE, { kind: "desired" })).toBe("nixwave/v1/hosts/+/desired");
    expect(mqttFilter(DEFAULT_BASE, { kind: "hubStatus" })).toBe("nixwave/v1/hub/status");
  });

  it.each([
    ["a/+/c", "a/b/c", true],
    ["a/+/c", "a/b/d", false],
    ["a/+", "a/b/c", false],
    ["a/+/c", "a//c", true],
    ["a/b", "a/b", true],
  ])("%s matches %s: %s", (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected);
  });
});
