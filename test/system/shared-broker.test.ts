import { beforeEach, describe, expect, it } from "vitest";
import { parseHoldSource } from "../../src/contract/index.ts";
import { startAedes } from "../support/brokers.ts";
import { soon } from "../support/open-buses.ts";
import { freezableLine } from "./freezable-line.ts";
import {
  connected,
  coreNode,
  newSession,
  nodeRed,
  runNodeRed,
  shareBus,
} from "./shared-broker-rig.ts";
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

for (const { over, skip, start, protocolVersion } of SHARED)
  describe.skipIf(skip)(`Node-RED's own broker node, shared over ${over}`, () => {
    beforeEach(async () => {
      useBroker(await start({}));
      atTheEnd(() => broker.stop());
    });
    const startAgain = async (): Promise<void> => {
      useBroker(await start({ port: broker.port }));
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
      atTheEnd(line.close);
      const red = await runNodeRed(line.port, { protocolVersion });
      const { bus } = shareBus();
      await connected(bus);
      line.freeze();
      const lost = codeOf(bus.publish({ kind: "holdSet", source: holdState.source }, "ON"));
      await Promise.all([bus.close(), red.close()]);
      expect(await lost).toBe("bus-closed");
      expect(red.lines.filter(({ text }) => text.includes("Error stopping"))).toEqual([]);
    }, 15_000);
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
    useBroker(denying);
    atTheEnd(() => denying.stop());
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
