import { expect, it } from "vitest";
import { clientIdFor } from "../../src/bus/index.ts";
import { parseHoldSource, parseHostName, parseSessionId } from "../../src/contract/index.ts";
import { listen, onEachBroker } from "../support/each-broker.ts";
import { openBuses, soon } from "../support/open-buses.ts";

const session = (digit: number) =>
  parseSessionId(`00000000-0000-4000-8000-${String(digit).padStart(12, "0")}`);
const availability = { kind: "availability", host: parseHostName("rp3") } as const;
const holdSet = { kind: "holdSet", source: parseHoldSource("wall") } as const;
const holdState = { kind: "holdState", source: holdSet.source } as const;
const presence = { address: availability, session: session(1) };
const buses = openBuses();
const { seen, events } = buses;
const stranger = { clientId: clientIdFor("hub", "test") };

onEachBroker("a bus", buses, ({ open, kill, startAgain }) => {
  it("renews itself: another connection, another session, nothing lost and never offline", async () => {
    const watcher = await open(stranger);
    const seenOfHost = await listen(watcher, "availability");
    const heardAll = await listen(watcher, "holdSet");
    const host = await open({ presence });
    const heard = await listen(host, "deploySet");
    await host.retain(holdState, "ON");
    const words = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? "ON" : "OFF"));
    const sent = words.map((word) => host.publish(holdSet, word as "ON"));
    const renewed = host.renew(session(2));
    const later = host.publish(holdSet, "ON");
    await Promise.all([renewed, later, ...sent]);
    await expect
      .poll(() => seenOfHost.at(-1)?.payload, soon)
      .toEqual({ state: "online", session: session(2) });
    expect(seenOfHost.map(({ payload }) => payload.state)).not.toContain("offline");
    await expect.poll(() => heardAll.length, soon).toBeGreaterThanOrEqual(51);
    await watcher.publish({ kind: "deploySet" }, "PRESS");
    await expect.poll(() => heard.length, soon).toBe(1);
  });

  it("leaves the new session behind as its will", async () => {
    const watcher = await open(stranger);
    const seenOfHost = await listen(watcher, "availability");
    const host = await open({ presence });
    await host.renew(session(2));
    await host.close();
    await expect
      .poll(() => seenOfHost.at(-1)?.payload, soon)
      .toEqual({ state: "offline", session: session(2) });
  });

  it("that renews itself while the broker is away is new when the broker is back", async () => {
    const host = await open({ presence });
    await kill();
    await expect.poll(() => host.connected, soon).toBe(false);
    const renewed = host.renew(session(2));
    await startAgain();
    await renewed;
    const watcher = await open(stranger);
    await expect
      .poll(async () => await watcher.snapshot("availability", { timeoutMs: 5000 }), soon)
      .toMatchObject([{ payload: { state: "online", session: session(2) } }]);
  });

  it("that is closed meanwhile says so to who waits for the renewal", async () => {
    const host = await open({ presence });
    await kill();
    await expect.poll(() => host.connected, soon).toBe(false);
    const code = host.renew(session(2)).then(
      () => null,
      (error: { readonly code: string }) => error.code,
    );
    await expect.poll(() => seen("connect-failed"), soon).toBeGreaterThan(0);
    await host.close();
    expect(await code).toBe("bus-closed");
    await startAgain();
  });

  it("hears sensors and switches, stored and live, also after the broker came back", async () => {
    const house = await open(stranger);
    const bus = await open();
    const arrivals: [string, string, boolean][] = [];
    const stop = bus.listen("tele/+/SENSOR", ({ topic, bytes, retained }) =>
      arrivals.push([topic, Buffer.from(bytes).toString(), retained]),
    );
    await bus.snapshot("holdState", { timeoutMs: 5000 }); // the subscription stands
    await expect
      .poll(() => {
        house.say("tele/rp4/SENSOR", Buffer.from("21.5"));
        return arrivals.length;
      }, soon)
      .toBeGreaterThan(0);
    expect(arrivals[0]).toEqual(["tele/rp4/SENSOR", "21.5", false]);
    await kill();
    await expect.poll(() => bus.connected || house.connected, soon).toBe(false);
    await startAgain();
    await expect.poll(() => bus.connected && house.connected, soon).toBe(true);
    arrivals.length = 0;
    await expect
      .poll(() => {
        house.say("tele/rp4/SENSOR", Buffer.from("22"));
        return arrivals.length;
      }, soon)
      .toBeGreaterThan(0);
    stop();
    expect(() => bus.listen("tele/#/x", () => undefined)).toThrow("wildcard");
    expect(() => bus.say("nixwave/v1/control/deploy/set", Buffer.from("PRESS"))).toThrow("below");
  });

  it("keeps what it retains outside the wire on every broker that forgets, until it is taken away", async () => {
    const bus = await open();
    const house = await open();
    const topic = "homeassistant/device/x/config";
    const seen = async (): Promise<readonly string[]> => {
      const heard: string[] = [];
      const stop = house.listen(topic, ({ bytes }) => heard.push(Buffer.from(bytes).toString()));
      await house.snapshot("holdState", { timeoutMs: 5000 }); // the subscription has been answered
      stop();
      return heard;
    };
    await bus.retainForeign(topic, Buffer.from("one"));
    await bus.retainForeign(topic, Buffer.from("two"));
    await expect.poll(seen, soon).toEqual(["two"]);
    await kill();
    await expect.poll(() => bus.connected || house.connected, soon).toBe(false);
    await startAgain();
    await expect.poll(() => bus.connected && house.connected, soon).toBe(true);
    await expect.poll(seen, soon).toEqual(["two"]);
    await bus.retainForeign(topic, new Uint8Array(0));
    await expect.poll(seen, soon).toEqual([]);
    await expect(bus.retainForeign("nixwave/v1/x", Buffer.from("1"))).rejects.toThrow("below");
  });

  it("drops what it would say without a connection, and logs that", async () => {
    const bus = await open();
    await kill();
    await expect.poll(() => bus.connected, soon).toBe(false);
    bus.say("cmnd/plug/Status", Buffer.from("8"));
    expect(events()).toContainEqual({
      event: "dropped",
      topic: "cmnd/plug/Status",
      why: "offline",
    });
    await startAgain();
  });
});
