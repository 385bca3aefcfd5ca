import { expect, it } from "vitest";
import { clientIdFor } from "../../src/bus/index.ts";
import {
  parseHoldSource,
  parseHostName,
  parseRolloutId,
  parseSessionId,
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

onEachBroker("the connection", buses, ({ open, kill, startAgain }) => {
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
    await kill();
    await expect.poll(() => host.connected, soon).toBe(false);
    await startAgain();
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
    await kill();
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
    await startAgain();
    await handedOver;
    const watcher = await open();
    expect(await watcher.snapshot("holdState", { timeoutMs: 5000 })).toMatchObject([
      { payload: "OFF" },
    ]);
  });

  it("refuses with a code what the full outbox cannot take", async () => {
    const bus = await open({ outboxLimit: 2 });
    await kill();
    await expect.poll(() => bus.connected, soon).toBe(false);
    const waiting = [1, 2].map(() => bus.publish({ kind: "deploySet" }, "PRESS"));
    await expect(bus.publish({ kind: "deploySet" }, "PRESS")).rejects.toMatchObject({
      code: "outbox-full",
    });
    const ends = Promise.allSettled(waiting);
    await bus.close();
    expect(await ends).toMatchObject([1, 2].map(() => ({ reason: { code: "bus-closed" } })));
    await startAgain();
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

  it("tells listeners of the connection's end and return, until they stop listening", async () => {
    const bus = await open();
    const told: string[] = [];
    const stop = bus.onConnection(({ event }) => told.push(event));
    await kill();
    await expect.poll(() => told, soon).toEqual(["lost"]);
    stop();
    await startAgain();
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
