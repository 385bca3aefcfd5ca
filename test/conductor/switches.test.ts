import { describe, expect, it } from "vitest";
import type { Conductor } from "../../src/conductor/index.ts";
import { NixwaveError, parseHoldSource, parseUserName } from "../../src/contract/index.ts";
import { nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

const anna = parseUserName("anna");
const wall = parseHoldSource("wall");
const HOUR_MS = 3_600_000;

describe("a switch of the wires, which tells where it stands again and again", () => {
  const tells = (hub: Conductor, verb: "hold" | "resume", source = wall) =>
    hub.ask({ verb, by: "wall", host: null, source, stands: true });

  it("holds and releases when it changes, also over a restart", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    expect(tells(hub, "hold").accepted).toBe(true);
    const again = await home.restart();
    expect(again.view.state.holds).toMatchObject([{ source: "wall" }]);
    expect(tells(again, "hold").accepted).toBe(false);
    expect(tells(again, "resume").accepted).toBe(true);
    expect(again.view.state.holds).toEqual([]);
  });

  it("does not bring back a hold that somebody ended, nor one that ran out", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    tells(hub, "hold");
    hub.ask({ verb: "resume", by: "phone", host: null });
    expect(tells(hub, "hold").accepted).toBe(false);
    const again = await home.restart();
    expect(tells(again, "hold").accepted).toBe(false);
    expect(again.view.state.holds).toEqual([]);
    tells(again, "resume");
    expect(tells(again, "hold").accepted).toBe(true);
    await home.clock.pass(13 * HOUR_MS);
    expect(tells(again, "hold").accepted).toBe(false);
    expect(again.view.state.holds).toEqual([]);
  });

  it("counts later where the hub could not take it yet", async () => {
    await using home = new PlayedHome();
    home.bus.snapshotFails = new NixwaveError("snapshot-incomplete", "no end");
    const hub = await home.open();
    expect(tells(hub, "hold").code).toBe("hub-not-ready");
    home.bus.snapshotFails = null;
    await home.clock.pass(60_000);
    expect(tells(hub, "hold").accepted).toBe(true);
  });

  it("lets go later, where the hub has only learnt afterwards that it holds", async () => {
    await using home = new PlayedHome();
    home.broker.tell({ kind: "holdState", source: wall }, "ON");
    home.bus.snapshotFails = new NixwaveError("snapshot-incomplete", "no end");
    const hub = await home.open();
    expect(tells(hub, "resume").code).toBe("hub-not-ready");
    home.bus.snapshotFails = null;
    await home.clock.pass(60_000);
    expect(hub.view.state.holds).toMatchObject([{ source: "wall" }]);
    expect(tells(hub, "resume").accepted).toBe(true);
    expect(hub.view.state.holds).toEqual([]);
  });

  it("is answered by a hub that has ended, as everybody is", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    await hub.close();
    expect(tells(hub, "hold").code).toBe("hub-not-ready");
  });

  it("is one of a set: the house goes on when the last has let go", async () => {
    await using home = new PlayedHome();
    const hub = await home.open();
    tells(hub, "hold", parseHoldSource("Dash-tile"));
    hub.ask({ verb: "hold", by: "phone", host: null, source: parseHoldSource("phone") });
    await home.clock.pass(200);
    expect(home.broker.held({ kind: "screenWhy" })).toMatch(
      /^held by Dash tile and phone, until \d\d:\d\d$/,
    );
    const left = tells(hub, "resume", parseHoldSource("Dash-tile"));
    expect(left.message).toMatch(/^That hold is gone; still held by phone, until/);
    expect(hub.view.state.holds).toMatchObject([{ source: "phone" }]);
  });
});

describe("what the broker sends once more", () => {
  it("is no press and no request: it may be heard already, and something else may wait now", async () => {
    await using home = new PlayedHome();
    const { subscribe } = home.bus;
    const say = new Map<string, (message: object) => void>();
    home.bus.subscribe = (filter, onMessage, ...rest) => {
      say.set(filter.kind, onMessage as never);
      return subscribe.call(home.bus, filter, onMessage as never, ...(rest as []));
    };
    home.play(rp4);
    home.play(nuc);
    const plan = planWith({ start: "manual" });
    const hub = await home.open({ plan });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    const request = { id: "r1", action: "deploy" };
    const again = { retained: false, repeated: true };
    say.get("deploySet")?.({ address: { kind: "deploySet" }, payload: "PRESS", ...again });
    say.get("controlRequest")?.({ address: { user: anna }, payload: request, ...again });
    await home.clock.pass(60_000);
    expect(home.orders.filter(({ goal }) => goal === "trial")).toEqual([]);
    expect(home.broker.heard({ kind: "controlResponse", user: anna })).toEqual([]);
    say.get("deploySet")?.({ ...{ payload: "PRESS", retained: false, repeated: false } });
    await home.clock.pass(60_000);
    expect(home.orders.filter(({ goal }) => goal === "trial")).not.toEqual([]);
  });
});
