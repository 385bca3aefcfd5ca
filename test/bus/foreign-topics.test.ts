import { describe, expect, it } from "vitest";
import { checkForeignFilter, checkForeignTopic, foreignQos } from "../../src/bus/foreign-topics.ts";
import type { BusEvent } from "../../src/bus/index.ts";
import { matches, Subscriptions } from "../../src/bus/subscriptions.ts";
import { DEFAULT_BASE, instant } from "../../src/contract/index.ts";

const invalid = expect.objectContaining({ code: "invalid-topic" });

describe("a topic outside the wire", () => {
  it.each(["cmnd/plug/POWER", "/leading", "a//b", "nixwave", "nixwave/v1x", "Küche/Licht"])(
    "may be spoken to: %s",
    (topic) => expect(() => checkForeignTopic(DEFAULT_BASE, topic)).not.toThrow(),
  );
  it.each([
    ...["", "a/+/b", "a/#", "a\0b", "$SYS/x", DEFAULT_BASE, `${DEFAULT_BASE}/releases/main`],
    "x".repeat(65_536),
  ])("is refused: %s", (topic) =>
    expect(() => checkForeignTopic(DEFAULT_BASE, topic)).toThrow(invalid),
  );

  it.each(["#", "+", "tele/+/SENSOR", "zigbee2mqtt/#", "$SYS/broker/uptime", "+/+/#"])(
    "may be listened to: %s",
    (filter) => expect(() => checkForeignFilter(DEFAULT_BASE, filter)).not.toThrow(),
  );
  it.each(["", "a/#/b", "a#", "a+/b", "$share/g/a", `${DEFAULT_BASE}/#`, "a\0"])(
    "cannot be listened to: %s",
    (filter) => expect(() => checkForeignFilter(DEFAULT_BASE, filter)).toThrow(invalid),
  );

  it("is heard at QoS 1 by its name, at QoS 0 through a wildcard, whose stored copies may be many", () => {
    expect([foreignQos("cmnd/hold"), foreignQos("tele/+/SENSOR")]).toEqual([1, 0]);
  });
});

describe("a filter", () => {
  it.each([
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["a/#", "b", false],
    ["#", "a/b", true],
    ["#", "$SYS/x", false],
    ["+/x", "$SYS/x", false],
    ["$SYS/#", "$SYS/x", true],
    ["a/+", "a", false],
    ["a/+", "a/", true],
    ["a/+/#", "a/b", true],
    ["a/+/#", "a", false],
  ])("%s against %s: %s", (filter, topic, does) => {
    expect(matches(filter, topic)).toBe(does);
  });
});

describe("listeners outside the wire", () => {
  const heard: string[] = [];
  const logged: BusEvent[] = [];
  const subscriptions = new Subscriptions(DEFAULT_BASE, (event) => logged.push(event));
  const arrive = (topic: string, through?: string): readonly string[] => {
    heard.length = 0;
    const bytes = Buffer.from("x");
    subscriptions.dispatch({ topic, bytes, retained: false }, instant(1), through);
    return [...heard];
  };
  const all = () => heard.push("all");
  const one = () => heard.push("one");
  subscriptions.addForeign("#", all);
  subscriptions.addForeign("cmnd/hold", () => {
    throw new Error("broken");
  });
  subscriptions.addForeign("cmnd/hold", one);

  it("all hear what concerns them, and one that throws keeps nobody from it", () => {
    expect(arrive("cmnd/hold")).toEqual(["all", "one"]);
    expect(logged.map(({ event }) => event)).toEqual(["listener-failed"]);
    expect(arrive("tele/x")).toEqual(["all"]);
  });

  it("hear nothing of the wire, whatever they listen to", () => {
    expect(arrive(`${DEFAULT_BASE}/control/deploy/set`)).toEqual([]);
  });

  it("are told only through the filter that brought it, where the connection says which", () => {
    expect(arrive("cmnd/hold", "#")).toEqual(["all"]);
  });

  it("share a filter until the last of them leaves", () => {
    expect(subscriptions.filters().get("#")).toBe(0);
    const second = (): void => undefined;
    subscriptions.addForeign("#", second);
    expect(subscriptions.removeForeign("#", all)).toBe(false);
    expect(subscriptions.removeForeign("#", second)).toBe(true);
    expect(subscriptions.removeForeign("#", second)).toBe(false);
    expect(subscriptions.filters().has("#")).toBe(false);
  });
});
