import { Socket } from "node:net";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Bus } from "../../src/bus/index.ts";
import type { Presence } from "../../src/contract/index.ts";
import { soon } from "../support/open-buses.ts";
import { connected, coreNode, newSession, shareBus } from "./shared-broker-rig.ts";
import {
  atTheEnd,
  broker,
  codeOf,
  holdState,
  run,
  SHARED,
  share,
  stranger,
  useBroker,
  useSharedHome,
} from "./shared-home.ts";

useSharedHome();

const address = { kind: "hubStatus" } as const;

const presenceSeen = async (watcher: Bus): Promise<Presence[]> => {
  const seen: Presence[] = [];
  await watcher.subscribe(address, ({ payload }) => seen.push(payload));
  return seen;
};

for (const { over, skip, start, protocolVersion } of SHARED)
  describe.skipIf(skip)(`Node-RED's own broker node, shared over ${over}`, () => {
    beforeEach(async () => {
      useBroker(await start({}));
      atTheEnd(() => broker.stop());
    });
    const startAgain = async (): Promise<void> => {
      useBroker(await start({ port: broker.port }));
    };

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
