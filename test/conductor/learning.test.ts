import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NixwaveError } from "../../src/contract/index.ts";
import { MemoryBus } from "./memory-broker.ts";
import { doWell, nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

const incomplete = new NixwaveError("snapshot-incomplete", "no end");

describe("a hub without a journal", () => {
  it("orders nothing and takes no request before the broker has answered in full", async () => {
    await using home = new PlayedHome();
    home.bus.snapshotFails = incomplete;
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    expect(hub.offer(releaseOf("new", home.clock.now))).toMatchObject({ accepted: [rp4, nuc] });
    await home.clock.pass(60_000);
    expect(hub.view.isLearning).toBe(true);
    expect(home.orders).toEqual([]);
    expect(hub.ask({ verb: "deploy", by: "anna", host: null })).toMatchObject({
      ...{ accepted: false, code: "hub-not-ready" },
    });
    expect(home.failures).toEqual([incomplete]);
    home.bus.snapshotFails = null;
    await home.clock.pass(60_000);
    expect(hub.view.isLearning).toBe(false);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
  });

  it("waits for the broker without complaint", async () => {
    await using home = new PlayedHome();
    home.bus.connected = false;
    const hub = await home.open();
    await home.clock.pass(60_000);
    expect(hub.view.isLearning).toBe(true);
    expect(home.failures).toEqual([]);
    home.bus.comeBack();
    await home.clock.pass(10_000);
    expect(hub.view).toMatchObject({ isLearning: false, isConnected: true });
  });

  it("meets the trial that it had ordered before it lost its memory", async () => {
    await using home = new PlayedHome();
    const plan = planWith({ soak: "2m" });
    home.play(rp4);
    home.play(nuc);
    const release = releaseOf("new", home.clock.now);
    home.broker.tell({ kind: "release", channel: "main" as never }, release);
    const hub = await home.open({ plan });
    hub.offer(release);
    await home.clock.pass(30_000);
    expect(hub.view.hosts[0]?.stepState).toBe("Soaking");
    const before = home.orders.at(-1);
    await hub.close();
    rmSync(home.folder, { recursive: true });
    const again = await home.restart({ plan });
    expect(again.view.state.rollout?.id).toBe(before?.rollout);
    home.repeat(rp4);
    await home.clock.pass(20 * 60_000);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
    expect(new Set(home.orders.map(({ hub: of }) => of)).size).toBe(1);
    expect(new Set(home.orders.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    expect(again.view.state.fenced).toBeNull();
  });

  it("does not wait once more for a host that spoke while it learnt", async () => {
    await using home = new PlayedHome();
    const plan = planWith({ soak: "5m" });
    let isQuiet: boolean = false;
    home.play(rp4, (order, statement) => (isQuiet ? null : doWell(order, statement)));
    home.play(nuc);
    const release = releaseOf("new", home.clock.now);
    home.broker.tell({ kind: "release", channel: "main" as never }, release);
    const hub = await home.open({ plan });
    hub.offer(release);
    await home.clock.pass(30_000);
    await hub.close();
    rmSync(home.folder, { recursive: true });
    home.bus.cut();
    home.clock.forget();
    home.bus = new MemoryBus(home.broker, () => home.clock.now);
    home.bus.snapshotFails = incomplete;
    const again = await home.open({ plan });
    home.repeat(rp4);
    isQuiet = true;
    home.bus.snapshotFails = null;
    await home.clock.pass(10_000);
    expect(again.view.isLearning).toBe(false);
    expect(again.view.hosts[0]).toMatchObject({ host: rp4, stepState: "Soaking" });
    expect(again.view.state.reconciling).toBeNull();
  });
});
