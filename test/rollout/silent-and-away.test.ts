import { describe, expect, it } from "vitest";
import { by, Home, nuc, rp3, rp4, sessionOf, x1 } from "./scenes.ts";

describe("a host that says nothing", () => {
  const silent = (plan: object = {}): Home => new Home({ lease: "10m", ...plan }).ready().wait(12);

  it("is Unknown past lease and grace: nothing is presumed, and nobody else begins", () => {
    const home = silent();
    expect(home.states).toEqual(["rp4 Unknown", "nuc Staged"]);
    expect(home.paused).toEqual(["HostSilent"]);
  });

  it("is kept up by its reports", () => {
    const home = new Home({ lease: "10m" }).ready().wait(11);
    home.says(rp4, { phase: "activating" }).wait(11);
    expect(home.states[0]).toBe("rp4 Activating");
  });

  it.each([
    ["succeeded", "rp4 Succeeded"],
    ["rolled-back", "rp4 RolledBack"],
    ["taken-over", "rp4 TakenOver"],
    ["inconsistent", "rp4 Inconsistent"],
    ["needs-reboot", "rp4 NeedsReboot"],
    ["canceled", "rp4 Canceled"],
  ] as const)("ends by its own report: %s", (code, state) => {
    expect(silent().ended(rp4, code).states[0]).toBe(state);
  });

  it("goes on with its trial when it is heard again", () => {
    expect(silent().inTrial(rp4).states[0]).toBe("rp4 Committing");
    expect(silent().says(rp4, { phase: "committing" }).states[0]).toBe("rp4 Committing");
    expect(silent().says(rp4, { phase: "idle" }).states[0]).toBe("rp4 Unknown");
  });

  it("is not waited for any more once somebody says skip, and its return starts nothing", () => {
    const home = silent();
    home.play({ type: "SkipAsked", at: home.at, by, host: rp4 });
    expect(home.states).toEqual(["rp4 Unknown", "nuc Activating"]);
    home.inTrial(rp4).says(rp4, { phase: "committing" });
    expect(home.states[0]).toBe("rp4 Unknown");
    expect(home.succeeds(nuc).state.rollout?.completion).toBe("PartiallyPromoted");
    expect(home.inTrial(rp4).ended(rp4, "rolled-back").states[0]).toBe("rp4 RolledBack");
  });

  it("is reverted when it comes back into an abort", () => {
    const groups = [{ name: "all", hosts: ["rp4", "nuc"], parallel: 2 }];
    const home = new Home({ groups, lease: "10m" }).ready().wait(11);
    home.says(nuc, { phase: "activating" }).wait(1);
    home.play({ type: "AbortAsked", at: home.at, by, scope: "failed" });
    expect(home.states).toEqual(["rp4 Unknown", "nuc RollingBack"]);
    home.orders;
    home.inTrial(rp4).inTrial(rp4);
    expect(home.orders).toEqual(["rp4 revert"]);
    expect(home.states[0]).toBe("rp4 Unknown");
  });

  it("an optional one never pauses the others", () => {
    const home = new Home({ hosts: [{ host: "x1", optional: true }, "rp4"], lease: "10m" });
    home.ready().wait(12);
    expect(home.states).toEqual(["x1 Unknown", "rp4 Activating"]);
    expect(home.succeeds(rp4).state.rollout?.phase).toBe("Completed");
  });

  it("is locked for automation while it is silent: a retry does not help, its own word does", () => {
    const home = silent();
    home.play({ type: "RetryAsked", at: home.at, by, host: rp4 });
    expect(home.last.ignored).not.toBeNull();
    home.ended(rp4, "rolled-back");
    home.play({ type: "RetryAsked", at: home.at, by, host: rp4 });
    expect(home.states[0]).toBe("rp4 Staging");
  });
});

describe("a host that is away", () => {
  it("leaves the rollout pending while nobody is there at all", () => {
    const home = new Home().offer(7).wait(600);
    expect(home.state.rollout?.phase).toBe("Pending");
    expect(home.here(rp4).state.rollout?.phase).toBe("Progressing");
  });

  it("is deferred when it is not there in time, and those who wait for it with it", () => {
    const hosts = ["rp4", { host: "nuc" }, { host: "rp3", after: ["nuc"] }];
    const home = new Home({ hosts }).here(rp4, rp3).offer(7).staged(rp4, rp3).wait(120);
    expect(home.states).toEqual(["rp4 Activating", "nuc Deferred", "rp3 Deferred"]);
    expect(home.succeeds(rp4).state.rollout?.completion).toBe("PartiallyPromoted");
    home.here(nuc).staged(nuc, rp3);
    expect(home.state.rollout).toMatchObject({ kind: "catch-up", serial: 7 });
    expect(home.states).toEqual(["nuc Activating", "rp3 Staged"]);
    expect(home.succeeds(nuc).states[1]).toBe("rp3 Activating");
  });

  it("catches up with the latest completed release when it is back", () => {
    const home = new Home({ hosts: ["rp4", { host: "x1", optional: true }] });
    home.here(rp4).offer(7).staged(rp4).succeeds(rp4);
    expect(home.states).toEqual(["rp4 Succeeded", "x1 Deferred"]);
    home.offer(8).staged(rp4).succeeds(rp4);
    home.here(x1);
    expect(home.state.rollout).toMatchObject({ kind: "catch-up", serial: 8 });
    home.staged(x1).succeeds(x1);
    expect(home.states).toEqual(["x1 Succeeded"]);
    expect(home.state.rollout?.completion).toBe("Promoted");
  });

  it("does not catch up where the plan says never", () => {
    const home = new Home({ hosts: ["rp4", { host: "x1", optional: true }], catchUp: "never" });
    home.here(rp4).offer(7).staged(rp4).succeeds(rp4).here(x1);
    expect(home.state.rollout?.kind).toBe("release");
  });

  it("does not catch up with what was rolled back meanwhile", () => {
    const home = new Home({ hosts: ["rp4", { host: "x1", optional: true }] });
    home.here(rp4, x1).offer(6).staged(rp4, x1).succeeds(rp4).succeeds(x1).gone(x1);
    home.offer(7).staged(rp4).succeeds(rp4);
    expect(home.states).toEqual(["rp4 Succeeded", "x1 Deferred"]);
    home.play({ type: "RollbackAsked", at: home.at, by, host: null }).staged(rp4).succeeds(rp4);
    expect(home.state.rollout?.completion).toBe("RolledBack");
    home.here(x1);
    expect(home.state.rollout?.kind).toBe("release");
  });

  it("an optional one that is there is waited for until it has fetched and tried", () => {
    const home = new Home({ hosts: ["rp4", { host: "x1", optional: true }] });
    home.here(rp4, x1).offer(7).staged(rp4).succeeds(rp4);
    expect(home.state.rollout?.phase).toBe("Progressing");
    expect(home.gone(x1).state.rollout?.completion).toBe("PartiallyPromoted");
    expect(home.orders.at(-1)).toBe("x1 revert");
  });

  it("is ordered anew when it appears, under a higher counter and the same id", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    const before = home.last.effects.find((one) => one.type === "Order" && one.host === rp4);
    home.nowMs += 1;
    home.here(rp4);
    const [again] = home.last.effects;
    expect(again).toMatchObject({ type: "Order", id: before?.id, goal: "stage" });
    expect(
      again?.type === "Order" && before?.type === "Order" && again.counter > before.counter,
    ).toBe(true);
  });

  it("is not ordered anew what it has answered to the end", () => {
    const home = new Home({ onFailure: "stop" }).ready().ended(rp4, "failed");
    home.orders;
    expect(home.here(rp4).orders).toEqual([]);
    expect(home.here(nuc).orders).toEqual([]); // the rollout is over
  });

  it("an order that nothing shows as taken is sent again before it grows stale", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    home.says(rp4, { phase: "staging" });
    home.orders;
    expect(home.wait(9).orders).toEqual([]);
    expect(home.wait(1).orders).toEqual(["nuc stage"]);
  });

  it("late words of an older session mean nothing", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    const old = home.report(rp4, { phase: "staged" });
    home.here(rp4);
    home.play({ type: "HostReported", at: home.at, live: true, report: old });
    expect(home.last.ignored).toContain("older session");
    home.play({ type: "HostLost", at: home.at, host: rp4, session: old.session });
    expect(home.last.ignored).toContain("another session");
    home.play({ type: "HostAppeared", at: home.at, host: rp4, session: old.session });
    expect(home.last.ignored).toContain("newer session");
    expect(home.state.hosts.root.tally.online).toBe(2);
  });

  it("is known to be there by a report alone", () => {
    const home = new Home().offer(7).says(rp4, { session: sessionOf(3) });
    expect(home.states[0]).toBe("rp4 Staging");
  });
});
