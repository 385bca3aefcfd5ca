import { describe, expect, it } from "vitest";
import { nuc, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

describe("a hub whose process ends", () => {
  it("finds itself in the trial that it had ordered, with the same instance and statement", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const plan = planWith({ soak: "5m" });
    const hub = await home.open({ plan });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(hub.view.hosts[0]).toMatchObject({ host: rp4, stepState: "Soaking" });
    await home.kill();
    await home.clock.pass(60_000);
    const again = await home.open({ plan });
    expect(again.view).toMatchObject({ isLearning: false, recovered: null });
    expect(again.view.state.reconciling).not.toBeNull();
    home.repeat(rp4);
    await home.clock.pass(15 * 60_000);
    expect(home.broker.held({ kind: "rolloutStatus" })).toMatchObject({ completion: "Promoted" });
    expect(again.view.state.fenced).toBeNull();
    expect(new Set(home.orders.map(({ hub: of }) => of)).size).toBe(1);
    expect(home.failures).toEqual([]);
  });

  it("tells again what nobody had heard, and not again what was heard", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open({}, false);
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(30_000);
    expect(home.broker.held({ kind: "rolloutStatus" })).toMatchObject({ completion: "Promoted" });
    expect(home.happened).toEqual([]);
    await home.restart();
    const types = home.happened.map(({ announcement }) => announcement.type);
    expect(types[0]).toBe("RolloutStarted");
    expect(types.at(-1)).toBe("RolloutEnded");
    expect(types.filter((type) => type === "HostEnded")).toHaveLength(2);
    home.happened.length = 0;
    await home.restart();
    expect(home.happened).toEqual([]);
  });

  it("orders a host that was away with the statement it kept, and takes a host back to what it had", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open();
    hub.offer(releaseOf("first", home.clock.now));
    await home.clock.pass(60_000);
    hub.offer(releaseOf("second", home.clock.now));
    await home.clock.pass(60_000);
    const again = await home.restart();
    expect(again.view.hosts[0]?.running).toMatchObject({ title: "nixpkgs bump" });
    home.orders.length = 0;
    expect(again.ask({ verb: "rollback", by: "anna", host: null })).toMatchObject({
      accepted: true,
    });
    await home.clock.pass(60_000);
    expect(home.failures).toEqual([]);
    expect(home.orders.filter(({ rollback }) => rollback).map(({ host }) => host)).toContain(rp4);
    expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("RolledBack");
  });
});
