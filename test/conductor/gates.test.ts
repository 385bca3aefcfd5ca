import { describe, expect, it } from "vitest";
import { live, SOAKED, WARM, warmHouse } from "./lived-house.ts";
import { nuc, PlayedHome, releaseOf, rp4 } from "./played-home.ts";

const statusOf = (home: PlayedHome) => home.broker.held({ kind: "rolloutStatus" });

describe("a plan that asks for gates", () => {
  it("tries and keeps hosts in a house that stays healthy", async () => {
    await using home = new PlayedHome();
    const hub = await warmHouse(home);
    hub.offer(releaseOf("new", home.clock.now));
    await live(home, 15, () => 21);
    expect(home.failures).toEqual([]);
    expect(statusOf(home)?.completion).toBe("Promoted");
    expect(hub.view.state.outbox).toEqual([]);
  });

  it("takes a host back when the house goes cold, and blames nobody for a house that was cold before", async () => {
    await using home = new PlayedHome();
    let isTried = false;
    home.play(rp4, (order, statement) => {
      if (order.goal === "trial") isTried = true;
      return order.goal === "trial"
        ? { phase: "in-trial", current: statement.storePath }
        : order.goal === "stage"
          ? { phase: "staged" }
          : { outcome: { code: "rolled-back", reason: "revert-ordered", message: "" } };
    });
    home.play(nuc);
    const hub = await home.open({ plan: SOAKED });
    hub.openGate("warm", WARM, null);
    await live(home, 4, () => 9);
    hub.offer(releaseOf("new", home.clock.now));
    await live(home, 5, () => 9);
    expect(isTried).toBe(false);
    expect(statusOf(home)?.paused.map(({ condition }) => condition)).toContain("PreflightFailed");
    expect(hub.view.situation.verdict?.status).toBe("PreflightFailed");
    await live(home, 3, () => (isTried ? 9 : 21));
    expect(isTried).toBe(true);
    await live(home, 12, () => 9);
    expect(statusOf(home)?.hosts[0]).toMatchObject({ host: rp4, state: "RolledBack" });
    expect(hub.view.situation.verdict?.status).toBe("Failed");
  });

  it("cannot measure while the flow has no gate, and goes on when it has one", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open({ plan: SOAKED });
    hub.offer(releaseOf("new", home.clock.now));
    await home.clock.pass(60_000);
    expect(statusOf(home)?.paused.map(({ condition }) => condition)).toContain("PreflightFailed");
    expect(hub.view.hosts.map(({ stepState }) => stepState)).toEqual(["Staged", "Staged"]);
    expect(home.orders.map(({ goal }) => goal)).toEqual(["stage", "stage"]);
    hub.openGate("warm", WARM, null);
    await live(home, 20, () => 21);
    expect(statusOf(home)?.completion).toBe("Promoted");
  });

  it("passes for want of no gate: all of a flow that starts anew are heard", async () => {
    await using home = new PlayedHome();
    home.play(rp4);
    home.play(nuc);
    const hub = await home.open({ plan: SOAKED });
    const cold = { ...WARM, rows: WARM.rows.map((row) => ({ ...row, limit: 30 })) };
    await live(home, 2, () => 21);
    hub.openGate("warm", WARM, null);
    hub.openGate("warmer", cold, null);
    await live(home, 2, () => 21);
    hub.offer(releaseOf("new", home.clock.now));
    await live(home, 1, () => 21);
    expect(home.orders.map(({ goal }) => goal)).toEqual(["stage", "stage"]);
    const third = await home.restart({ plan: SOAKED });
    const first = third.openGate("warm", WARM, null);
    const second = third.openGate("warmer", cold, null);
    await live(home, 2, () => 21);
    second.close(); // the flow is deployed anew
    await home.clock.pass(1_000);
    first.close();
    third.openGate("warmer", cold, null);
    third.openGate("warm", WARM, null);
    await live(home, 2, () => 21);
    expect(home.orders.filter(({ goal }) => goal === "trial")).toEqual([]);
  });

  it("does not lose its soak with the process, and asks no host twice", async () => {
    await using home = new PlayedHome();
    const hub = await warmHouse(home);
    hub.offer(releaseOf("new", home.clock.now));
    await live(home, 2, () => 21);
    expect(hub.view.hosts[0]?.stepState).toBe("Soaking");
    const { healthyMs } = hub.openGate("other", WARM, null).state;
    expect(healthyMs).toBe(0);
    await home.kill();
    const again = await home.open({ plan: SOAKED });
    const seat = again.openGate("warm", WARM, null);
    expect(seat.state).toMatchObject({ phase: "Soaking", host: rp4 });
    expect(seat.state.healthyMs).toBeGreaterThan(50_000);
    home.repeat(rp4);
    await live(home, 15, () => 21);
    expect(statusOf(home)?.completion).toBe("Promoted");
    const pauses = home.happened.flatMap(({ announcement }) =>
      announcement.type === "Paused" ? [announcement.condition] : [],
    );
    expect(pauses).not.toContain("AnalysisError"); // no gate was open for a moment
    expect(home.orders.filter(({ goal, host }) => goal === "trial" && host === rp4)).toHaveLength(
      1,
    );
  });
});
