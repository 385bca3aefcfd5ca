import { describe, expect, it } from "vitest";
import type { Counter } from "../../src/contract/index.ts";
import { nextWakeAt, parsePlan } from "../../src/rollout/index.ts";
import { by, Home, MINUTE_MS, NOON, nuc, rp3, rp4, sessionOf, wall } from "./scenes.ts";

const restart = (home: Home, session = 90): Home =>
  home.play({ type: "ControllerStarted", at: home.at, session: sessionOf(session) });

describe("a hub that restarts", () => {
  it("waits for live reports of the hosts it left in trial, and starts nothing meanwhile", () => {
    const home = restart(new Home({ soak: "5m" }).ready().inTrial(rp4));
    expect(home.paused).toEqual(["Reconciling"]);
    home.says(rp4, { phase: "in-trial", live: false });
    expect(home.paused).toEqual(["Reconciling"]);
    home.inTrial(rp4);
    expect(home.paused).toEqual([]);
  });

  it("waits no longer than its grace", () => {
    const home = restart(new Home({ grace: "2m" }).ready()).wait(2);
    expect(home.paused).toEqual([]);
  });

  it("does not charge the hosts the time it was away", () => {
    const home = new Home({ lease: "10m", grace: "2m" }).ready();
    home.nowMs += 60 * MINUTE_MS;
    restart(home).wait(11);
    expect(home.states[0]).toBe("rp4 Activating");
  });

  it("sends again what nothing shows as done, under the same ids", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    const before = home.last.effects.map(({ id }) => id);
    restart(home);
    expect(new Set(home.last.effects.map(({ id }) => id))).toEqual(new Set(before));
    home.says(rp4).says(nuc);
    home.play({ type: "EffectsDone", at: home.at, ids: before });
    expect(restart(home, 91).last.effects).toEqual([]);
    home.play({ type: "EffectsDone", at: home.at, ids: before });
    expect(home.last.ignored).toContain("outbox");
  });

  it("begins no release while it reconciles", () => {
    const home = new Home({ lease: "1h" }).ready().offer(8);
    restart(home).ended(rp4, "failed");
    expect(home.state.rollout?.serial).toBe(8);
  });
});

describe("a hub that is not alone", () => {
  const meet = (home: Home): Home =>
    home.play({ type: "ForeignHubSeen", at: home.at, instance: sessionOf(66) });

  it("orders nothing until a person chooses, then what it had decided", () => {
    const home = meet(new Home({ soak: "5m" }).ready().inTrial(rp4));
    home.orders;
    home.wait(5);
    expect(home.states[0]).toBe("rp4 Committing");
    expect(home.orders).toEqual([]);
    expect(home.paused).toEqual(["Fenced"]);
    home.play({ type: "FenceCleared", at: home.at, by });
    expect(home.orders).toEqual(["rp4 commit"]);
    home.play({ type: "FenceCleared", at: home.at, by });
    expect(home.last.ignored).toContain("no fence");
  });

  it("begins no release, and lets none progress", () => {
    const home = meet(new Home().here(rp4, nuc)).offer(7);
    expect(home.state.rollout).toBeNull();
    const pending = meet(new Home().offer(7)).here(rp4, nuc);
    expect(pending.state.rollout?.phase).toBe("Pending");
  });

  it("knows itself", () => {
    const home = restart(new Home(), 66);
    expect(meet(home).last.ignored).toContain("itself");
    expect(meet(meet(restart(home, 67))).last.ignored).toContain("already");
  });
});

describe("what a hub learns", () => {
  it("counters never fall, wherever they were learned", () => {
    const home = new Home();
    const learn = (counter: number): Home =>
      home.play({ type: "CounterLearned", at: home.at, counter: counter as Counter });
    learn(NOON + 1_000_000)
      .here(rp4, nuc)
      .offer(7);
    const counters = home.last.effects.flatMap((one) =>
      one.type === "Order" ? [one.counter] : [],
    );
    expect(counters).toEqual([NOON + 1_000_001, NOON + 1_000_002]);
    expect(learn(5).last.ignored).toContain("not above");
  });

  it("nothing starts while its clock is not set; who is in trial is kept all the same", () => {
    const home = new Home().ready();
    const clock = (synchronised: boolean): Home =>
      home.play({ type: "ClockChecked", at: home.at, synchronised });
    clock(false).succeeds(rp4);
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Staged"]);
    expect(home.paused).toEqual(["ClockUnsynced"]);
    expect(clock(true).states[1]).toBe("nuc Activating");
    expect(clock(true).last.ignored).toContain("already");
  });

  it("a release that comes while its clock is not set begins nothing: nobody is told to fetch", () => {
    const home = new Home().here(rp4, nuc);
    home.play({ type: "ClockChecked", at: home.at, synchronised: false }).offer(7);
    expect(home.state.rollout?.phase).toBe("Pending");
    expect(home.states).toEqual(["rp4 Queued", "nuc Queued"]);
    expect(home.orders).toEqual([]);
    home.play({ type: "ClockChecked", at: home.at, synchronised: true });
    expect(home.states).toEqual(["rp4 Staging", "nuc Staging"]);
  });

  it("a new plan applies from the next rollout on; at rest at once", () => {
    const home = new Home().ready();
    const plan = parsePlan({ hosts: ["nuc", "rp4", "rp3"], soak: "0s", settle: "0s" });
    home.play({ type: "PlanChanged", at: home.at, plan });
    expect(home.states).toEqual(["rp4 Activating", "nuc Staged"]);
    home.succeeds(rp4, nuc).here(rp3).offer(8, [rp4, nuc, rp3]);
    expect(home.states).toEqual(["nuc Staging", "rp4 Staging", "rp3 Staging"]);
    const rest = new Home().play({ type: "PlanChanged", at: home.at, plan });
    expect(rest.here(nuc).offer(7).states).toEqual(["nuc Staging", "rp4 Queued", "rp3 Queued"]);
  });

  it("what waits settles as long as the new plan says, from when it came", () => {
    const home = new Home({ settle: "10m" }).here(rp4, nuc).offer(7).wait(1);
    expect(home.state.rollout).toBeNull();
    const quick = parsePlan({ hosts: ["rp4", "nuc"], soak: "0s", settle: "30s" });
    home.play({ type: "PlanChanged", at: home.at, plan: quick });
    expect(home.state.rollout?.phase).toBe("Progressing");
  });

  it("its own session is no news", () => {
    const home = restart(new Home());
    home.play({ type: "HubConnected", at: home.at, session: sessionOf(90) });
    expect(home.last.ignored).toContain("known");
  });

  it("an event of a later version is ignored", () => {
    const home = new Home().play({ type: "Teleported", at: NOON } as never);
    expect(home.last.ignored).toContain("Teleported");
  });
});

describe("time", () => {
  it("is asked for when it is needed, and not otherwise", () => {
    const home = new Home({ stageTimeout: "2h" });
    expect(nextWakeAt(home.state)).toBeNull();
    expect(home.wait(1).last.ignored).toContain("nothing was due");
    home.here(rp4, nuc).offer(7);
    expect(nextWakeAt(home.state)).toBe(home.nowMs + 10 * MINUTE_MS);
    home.says(rp4).says(nuc);
    expect(nextWakeAt(home.state)).toBe(home.nowMs + 120 * MINUTE_MS);
    home.play({ type: "HoldSet", at: home.at, source: wall, host: null, duration: null });
    home.staged(rp4, nuc);
    expect(nextWakeAt(home.state)).toBe(home.nowMs + 240 * MINUTE_MS);
  });

  it("is asked for while a release settles and while a restarted hub waits", () => {
    const settling = new Home({ settle: "10m" }).here(rp4, nuc).offer(7);
    expect(nextWakeAt(settling.state)).toBe(settling.nowMs + 10 * MINUTE_MS);
    const home = restart(new Home({ grace: "1m" }).ready());
    expect(nextWakeAt(home.state)).toBe(home.nowMs + MINUTE_MS);
  });
});

describe("windows", () => {
  const windows = { zone: "UTC", allow: [{ from: "13:00", to: "14:00" }] };

  it("keep trials within their time, with room for the soak; who is in trial is kept outside it", () => {
    const home = new Home({ windows, soak: "10m", lease: "1h" }).ready();
    expect(home.paused).toEqual(["OutsideWindow"]);
    expect(nextWakeAt(home.state)).toBeLessThanOrEqual(NOON + 60 * MINUTE_MS);
    expect(home.wait(60).states[0]).toBe("rp4 Activating");
    home.wait(49).inTrial(rp4).wait(11).ended(rp4, "succeeded");
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Staged"]);
    expect(home.paused).toEqual(["OutsideWindow"]);
  });

  it("are looked at anew when the clock went back", () => {
    const home = new Home({ windows }).ready().wait(60).succeeds(rp4);
    home.nowMs = NOON - 60 * MINUTE_MS;
    home.says(nuc);
    expect(home.state.window.open).toBe(false);
  });
});
