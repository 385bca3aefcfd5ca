import { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Bus, clientIdFor, openBus } from "../../src/bus/index.ts";
import { type Presence, parseHoldSource } from "../../src/contract/index.ts";
import { startAedes, startMosquitto, type TestBroker } from "../support/brokers.ts";
import { soon } from "../support/open-buses.ts";
import { needs } from "../support/system-parts.ts";
import { freezableLine } from "./freezable-line.ts";
import {
  connected,
  coreNode,
  newSession,
  nodeRed,
  runNodeRed,
  shareBus,
} from "./shared-broker-rig.ts";

const holdState = { kind: "holdState", source: parseHoldSource("wall") } as const;
const address = { kind: "hubStatus" } as const;
let broker: TestBroker;
let ends: (() => Promise<unknown>)[];

beforeEach(() => {
  ends = [];
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

const run = async (
  ...rest: Parameters<typeof runNodeRed> extends [number, ...infer R] ? R : never
) => {
  const red = await runNodeRed(broker.port, ...rest);
  ends.push(red.close);
  return red;
};
const share = (...rest: Parameters<typeof shareBus>) => {
  const shared = shareBus(...rest);
  ends.push(() => shared.bus.close());
  return shared;
};
/** Somebody else on the same broker. */
const stranger = async (): Promise<Bus> => {
  const bus = await openBus({
    broker: broker.url,
    clientId: clientIdFor("x", "test"),
  });
  ends.push(() => bus.close());
  return bus;
};
const presenceSeen = async (watcher: Bus): Promise<Presence[]> => {
  const seen: Presence[] = [];
  await watcher.subscribe(address, ({ payload }) => seen.push(payload));
  return seen;
};
const codeOf = (failing: Promise<unknown>): Promise<unknown> =>
  failing.then(
    () => null,
    ({ code }: { readonly code: unknown }) => code,
  );

const mosquitto = { start: startMosquitto, ...needs("mosquitto") };
const SHARED = [
  { over: "mosquitto, MQTT 3.1.1", ...mosquitto, protocolVersion: "4" },
  { over: "mosquitto, MQTT 5", ...mosquitto, protocolVersion: "5" },
  { over: "aedes, MQTT 3.1.1", start: startAedes, skip: false, protocolVersion: "4" },
] as const;

for (const { over, skip, start, protocolVersion } of SHARED)
  describe.skipIf(skip)(`Node-RED's own broker node, shared over ${over}`, () => {
    beforeEach(async () => {
      broker = await start({});
      ends.push(() => broker.stop());
    });
    const startAgain = async (): Promise<void> => {
      broker = await start({ port: broker.port });
    };

    it("trap 1: overwrites nobody's status, since a stand-in gets it, and takes nobody's place", async () => {
      const statuses: string[] = [];
      const note = ({ id }: { id: string }): void => void statuses.push(id);
      await run({ protocolVersion });
      const { bus } = share({}, "user-in");
      await connected(bus);
      nodeRed.events.on("node-status", note);
      await bus.renew(newSession());
      nodeRed.events.off("node-status", note);
      expect(statuses).toContain("user-in");
      expect(statuses.filter((id) => !["user-in", "user-in-2"].includes(id))).toEqual([]);
    });

    it("trap 2: loses nothing that is published while it is disconnected", async () => {
      await run({ protocolVersion });
      const { bus } = share();
      await connected(bus);
      await broker.kill();
      await expect.poll(() => bus.connected, soon).toBe(false);
      const handedOver = bus.publish(holdState, "ON");
      await startAgain();
      await handedOver;
      const watcher = await stranger();
      expect(await watcher.snapshot("holdState", { timeoutMs: 5000 })).toMatchObject([
        { payload: "ON" },
      ]);
    });

    it("trap 3: keeps every one of several subscriptions to one topic", async () => {
      await run({ protocolVersion });
      const { bus } = share();
      const heard: string[] = [];
      bus.listen("cmnd/hold", () => heard.push("first"));
      const watcher = await stranger();
      await connected(bus);
      const sent: string[] = [];
      coreNode().client?.on("packetsend", ({ cmd }) => sent.push(cmd));
      bus.listen("cmnd/hold", () => heard.push("second"));
      bus.listen("cmnd/+", () => heard.push("third"));
      await bus.snapshot("holdState", { timeoutMs: 5000 }); // the subscriptions stand
      watcher.say("cmnd/hold", Buffer.from("ON"));
      await expect.poll(() => heard.length, soon).toBe(3);
      await bus.snapshot("holdState", { timeoutMs: 5000 });
      expect(heard).toHaveLength(3);
      expect(sent.slice(0, 2)).toEqual(["subscribe", "subscribe"]); // without a gap in between
      expect(new Set(heard)).toEqual(new Set(["first", "second", "third"]));
    });

    it("trap 4: gives a snapshot each retained message once, however many copies come", async () => {
      const watcher = await stranger();
      await watcher.retain(holdState, "ON");
      await run({ protocolVersion });
      const { bus } = share();
      const copies: string[] = [];
      await bus.subscribe({ kind: "holdState" }, ({ payload }) => copies.push(payload));
      await bus.subscribe(holdState, ({ payload }) => copies.push(payload));
      const snapshots = await Promise.all(
        [1, 2, 3].map(() => bus.snapshot("holdState", { timeoutMs: 10_000 })),
      );
      for (const one of snapshots) expect(one.map(({ payload }) => payload)).toEqual(["ON"]);
      expect(new Set(copies)).toEqual(new Set(["ON"]));
    });

    it("trap 4: tells of a message published just now once for each listener", async () => {
      const watcher = await stranger();
      await run({ protocolVersion });
      const { bus } = share();
      const live: string[] = [];
      const hear = ({ retained, payload }: { retained: boolean; payload: string }): void => {
        if (!retained) live.push(payload);
      };
      await bus.subscribe({ kind: "holdState" }, hear);
      await bus.subscribe(holdState, hear);
      await watcher.publish(holdState, "OFF");
      await expect.poll(() => live.length, soon).toBe(2);
      await bus.snapshot("holdState", { timeoutMs: 5000 });
      expect(live).toEqual(["OFF", "OFF"]);
    });

    it("trap 5: marks only stored copies as retained, not what is published just now", async () => {
      const watcher = await stranger();
      await watcher.retain(holdState, "ON");
      await run({ protocolVersion });
      const { bus } = share();
      const seen: [string, boolean][] = [];
      await bus.subscribe(holdState, ({ payload, retained }) => seen.push([payload, retained]));
      await expect.poll(() => seen.length, soon).toBeGreaterThan(0);
      await watcher.publish(holdState, "OFF");
      await expect.poll(() => seen.at(-1), soon).toEqual(["OFF", false]);
      expect(seen.filter(([payload]) => payload === "ON").every(([, retained]) => retained)).toBe(
        true,
      );
    });

    it("trap 6: lets go within Node-RED's 15 s while the broker is away", async () => {
      await run({ protocolVersion });
      const { bus } = share();
      await connected(bus);
      await broker.kill();
      await expect.poll(() => bus.connected, soon).toBe(false);
      const lost = codeOf(bus.publish({ kind: "holdSet", source: holdState.source }, "ON"));
      await bus.close();
      expect(await lost).toBe("bus-closed");
      await startAgain();
    }, 15_000);

    it("trap 6: stops within Node-RED's 15 s while the broker hangs", async () => {
      const line = await freezableLine(broker.port);
      ends.push(line.close);
      const red = await runNodeRed(line.port, { protocolVersion });
      const { bus } = shareBus();
      await connected(bus);
      line.freeze();
      const lost = codeOf(bus.publish({ kind: "holdSet", source: holdState.source }, "ON"));
      await Promise.all([bus.close(), red.close()]);
      expect(await lost).toBe("bus-closed");
      expect(red.lines.filter(({ text }) => text.includes("Error stopping"))).toEqual([]);
    }, 15_000);

    it("comes back with birth, owned state and subscriptions after the broker lost everything", async () => {
      await run({ protocolVersion });
      const { bus, session } = share();
      const heard: string[] = [];
      await bus.subscribe({ kind: "holdSet" }, ({ payload }) => heard.push(payload));
      await bus.retain(holdState, "ON");
      await broker.kill();
      await startAgain();
      const watcher = await stranger();
      const seen = await presenceSeen(watcher);
      await expect
        .poll(() => seen.at(-1), { timeout: 15_000 })
        .toEqual({ state: "online", session });
      await expect
        .poll(async () => (await watcher.snapshot("holdState", { timeoutMs: 5000 })).length, soon)
        .toBe(1);
      await bus.snapshot("holdState", { timeoutMs: 5000 });
      await watcher.publish({ kind: "holdSet", source: holdState.source }, "OFF");
      await expect.poll(() => heard, soon).toEqual(["OFF"]);
    });

    it("renews its session over a new connection, without a word of being offline", async () => {
      await run({ protocolVersion });
      const { bus, session } = share();
      await connected(bus);
      const watcher = await stranger();
      const seen = await presenceSeen(watcher);
      await expect.poll(() => seen.length, soon).toBe(1);
      const stream = coreNode().client?.stream;
      const next = newSession();
      await bus.renew(next);
      expect(coreNode().client?.stream).not.toBe(stream);
      await expect.poll(() => seen.at(-1), soon).toEqual({ state: "online", session: next });
      expect(seen.filter(({ state }) => state === "offline")).toEqual([]);
      expect(session).not.toBe(next);
    });

    it("leaves offline behind when it is killed, under the session of that connection", async () => {
      await run({ protocolVersion });
      const { bus } = share();
      await connected(bus);
      const next = newSession();
      await bus.renew(next);
      const watcher = await stranger();
      const seen = await presenceSeen(watcher);
      coreNode().client?.stream.destroy();
      await expect.poll(() => seen, soon).toContainEqual({ state: "offline", session: next });
      await expect
        .poll(() => seen.at(-1), { timeout: 15_000 })
        .toEqual({ state: "online", session: next });
    });

    it("says goodbye when Node-RED stops, though the broker node is closed at the same time", async () => {
      const red = await run({ protocolVersion });
      const { bus, session } = share();
      await connected(bus);
      const watcher = await stranger();
      const seen = await presenceSeen(watcher);
      await red.close();
      await expect.poll(() => seen.at(-1), soon).toEqual({ state: "offline", session });
    });

    it("leaves a last will of the user's alone, and says so once", async () => {
      const willTopic = "home/nodered/status";
      await run({
        protocolVersion,
        willTopic,
        willPayload: "gone",
        willQos: "0",
        willRetain: "false",
      });
      const { bus, said } = share();
      await connected(bus);
      await bus.renew(newSession());
      expect(said.filter((text) => text.includes("last will"))).toHaveLength(1);
      const watcher = await stranger();
      const heard: string[] = [];
      watcher.listen(willTopic, ({ bytes }) => heard.push(Buffer.from(bytes).toString()));
      await watcher.snapshot("holdState", { timeoutMs: 5000 });
      coreNode().client?.stream.destroy();
      await expect.poll(() => heard, soon).toEqual(["gone"]);
    });

    it("sends without Nagle's delay on every connection", async () => {
      await run({ protocolVersion });
      const noDelay = vi.spyOn(Socket.prototype, "setNoDelay");
      const { bus } = share();
      await connected(bus);
      const onStream = () =>
        noDelay.mock.calls.filter(
          ([on], index) =>
            on === true && noDelay.mock.contexts[index] === coreNode().client?.stream,
        ).length;
      expect(onStream()).toBe(1);
      await bus.renew(newSession());
      expect(onStream()).toBe(1);
      noDelay.mockRestore();
    });

    it("waits with a snapshot until there is a connection", async () => {
      await run({ protocolVersion });
      const { bus } = share();
      expect(bus.connected).toBe(false);
      expect(await bus.snapshot("holdState", { timeoutMs: 10_000 })).toEqual([]);
    });

    it("says within its time that a snapshot cannot be had while the broker is away", async () => {
      await run({ protocolVersion });
      const { bus } = share();
      await connected(bus);
      await broker.kill();
      await expect.poll(() => bus.connected, soon).toBe(false);
      expect(await codeOf(bus.snapshot("holdState", { timeoutMs: 300 }))).toBe(
        "broker-unreachable",
      );
      await startAgain();
    });

    it("keeps what the user's own nodes listen to when it leaves", async () => {
      await run({ protocolVersion });
      const { bus } = shareBus();
      const stop = bus.listen("tele/+/SENSOR", () => undefined);
      await connected(bus);
      stop();
      await bus.close();
      expect(Object.keys(Object(coreNode().subscriptions["tele/+/SENSOR"]))).toEqual([
        "user-in",
        "user-in-2",
      ]);
      expect(coreNode().connected).toBe(true);
    });
  });

describe("a broker that ends the shared connection because of one message", () => {
  it("gets it once among others, three times alone and no more, and everything else arrives", async () => {
    const denying = await startAedes();
    let refusals = 0;
    denying.aedes.authorizePublish = (_client, { topic }, done) => {
      const denied = topic.endsWith("/hold/wall/state");
      if (denied) refusals += 1;
      done(denied ? new Error("denied") : null);
    };
    broker = denying;
    ends.push(() => broker.stop());
    await run();
    const { bus } = share();
    await connected(bus);
    const denied = codeOf(bus.publish(holdState, "ON"));
    const other = bus.publish({ kind: "holdState", source: parseHoldSource("other") }, "ON");
    const refused = await denied;
    await other;
    expect(refused).toBe("publish-refused");
    expect(refusals).toBe(4);
    await expect.poll(() => bus.connected, { timeout: 15_000 }).toBe(true);
    await bus.snapshot("holdState", { timeoutMs: 5000 });
    expect(refusals).toBe(4);
  }, 60_000);
});
