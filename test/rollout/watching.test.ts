import { describe, expect, it } from "vitest";
import { by, Home, nuc, pathOf, rp3, rp4 } from "./scenes.ts";

const WOULD = "would change 3 packages and touch 2 units (a.service, b.service)";
const outcome = { code: "rejected", reason: "observe-mode", message: WOULD } as const;
const watching = { mode: "observe" } as const;
const watch = (home: Home, ...hosts: readonly (typeof rp4)[]): Home => {
  for (const host of hosts) home.says(host, { ...watching, outcome });
  return home;
};
const THREE = { groups: ["rp4", "rp3", "nuc"].map((name) => ({ name, hosts: [name] })) };
const offered = (plan: object = THREE): Home => {
  const home = new Home(plan);
  return home.here(...home.hosts).offer(7);
};

describe("hosts that only watch", () => {
  it("are passed over with their own words, and nothing waits, asks or fails", () => {
    const home = watch(offered(), rp4, rp3, nuc);
    expect(home.states).toEqual(["rp4 Skipped", "rp3 Skipped", "nuc Skipped"]);
    expect(home.state.rollout).toMatchObject({
      ...{ phase: "Completed", completion: "PartiallyPromoted", paused: [] },
      why: {
        ...{ code: "host-ended-because", host: rp4, state: "Skipped" },
        because: { code: "error-said", error: "observe-mode", said: WOULD },
      },
    });
    expect(home.told).not.toContain("Paused");
    expect(home.told).not.toContain("StepStarted");
    expect(home.orders.filter((one) => !one.endsWith(" stage"))).toEqual([]);
    home.play({ type: "RollbackAsked", at: home.at, by, host: null });
    expect(home.last.ignored).toBe("no host has anything of this rollout to return from");
  });

  it("are waited for by nobody: the one that is active goes through its turn, also behind them", () => {
    const after = [{ name: "all", hosts: ["rp4", { host: "nuc", after: ["rp4"] }] }];
    const home = watch(offered({ groups: after }), rp4).staged(nuc);
    expect(home.orders).toContain("nuc trial");
    home.succeeds(nuc);
    expect(home.state.rollout).toMatchObject({ completion: "PartiallyPromoted", why: null });
  });

  it("stop nothing either when they say so only at their trial, as agents of before did", () => {
    const home = offered().staged(rp4, rp3, nuc);
    watch(home, rp4);
    expect(home.states).toEqual(["rp4 Skipped", "rp3 Activating", "nuc Staged"]);
    expect(home.paused).toEqual([]);
  });

  it("do not hide a host that went wrong", () => {
    const home = watch(offered(), rp3, nuc).staged(rp4).ended(rp4, "rolled-back", "probe-failed");
    expect(home.paused).toEqual(["HostFailure"]);
    home.play({ type: "SkipAsked", at: home.at, by, host: rp4 });
    expect(home.state.rollout).toMatchObject({
      ...{ completion: "Aborted", why: { code: "host-ended-because", host: rp4 } },
    });
  });

  it("have missed nothing: a catch-up does not come back for them for ever", () => {
    const home = new Home()
      .here(rp4)
      .offer(7)
      .staged(rp4)
      .succeeds(rp4)
      .wait(24 * 60);
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Deferred"]);
    watch(home.here(nuc), nuc).wait(1);
    expect(home.state.rollout).toMatchObject({ kind: "catch-up", phase: "Completed" });
    const { id } = home.state.rollout ?? {};
    expect(home.wait(60).state.rollout?.id).toBe(id);
  });

  it("do not drift: whoever deploys them does so by right", () => {
    const home = new Home().ready().succeeds(rp4, nuc);
    const drifts = () => home.told.filter((one) => one === "DriftSeen").length;
    home.says(rp4, { ...watching, current: pathOf(rp4, 90) });
    expect(home.told).not.toContain("DriftSeen");
    home.says(rp4, { mode: "active", current: pathOf(rp4, 90) });
    expect(drifts()).toBe(1);
    home.says(rp4, { ...watching, current: pathOf(rp4, 90) }); // which ends the drift
    home.says(rp4, { mode: "active", current: pathOf(rp4, 90) });
    expect(drifts()).toBe(2);
    home.offer(8).says(rp4, { ...watching, outcome, current: pathOf(rp4, 91) });
    expect(home.state).toMatchObject({ rollout: { id: "main-8" } });
    expect(drifts()).toBe(2);
  });

  it("that run the release already are no proof that we brought it: what comes next is no drift", () => {
    const home = offered({});
    const installed = { code: "already-installed", reason: null, message: "" } as const;
    for (const host of [rp4, nuc]) {
      home.says(host, { ...watching, current: home.target(host), outcome: installed });
    }
    expect(home.state.rollout).toMatchObject({ completion: "Promoted" });
    home.says(rp4, { mode: "active", current: pathOf(rp4, 90) });
    expect(home.told).not.toContain("DriftSeen");
    watch(home.offer(8), nuc);
    home.says(rp4, { mode: "active", phase: "staged", current: pathOf(rp4, 90) });
    expect(home.orders).toContain("rp4 trial");
  });

  it("since the middle of a trial have kept what we brought: it is no drift later, and the way back leads to what was before", () => {
    const home = new Home({ hosts: ["rp4"] }).ready().succeeds(rp4);
    home.ready(8).succeeds(rp4).ready(9).inTrial(rp4);
    const current = home.target(rp4);
    const succeeded = { code: "succeeded", reason: null, message: "" } as const;
    home.says(rp4, { ...watching, current, outcome: succeeded });
    expect(home.says(rp4, { mode: "active", current }).told).not.toContain("DriftSeen");
    home.play({ type: "RollbackAsked", at: home.at, by, host: rp4 });
    const before = pathOf(rp4, 8);
    expect(home.target(rp4)).toBe(before);
    const installed = { ...succeeded, code: "already-installed" } as const;
    home.says(rp4, { ...watching, current: before, outcome: installed });
    expect(home.states).toEqual(["rp4 RolledBack"]);
    expect(home.says(rp4, { mode: "active", current: before }).told).not.toContain("DriftSeen");
  });

  it("and were lost before that take the next release once they are active, with no word of a person", () => {
    const home = new Home({ hosts: ["rp4"], lease: "10m" }).ready().wait(24 * 60);
    expect(home.states).toEqual(["rp4 Unknown"]);
    expect(watch(home.here(rp4), rp4).states).toEqual(["rp4 Skipped"]);
    expect(home.offer(8).states).toEqual(["rp4 Staging"]);
  });

  it("take the release at a retry, once they are active", () => {
    const home = watch(offered(), rp4, rp3, nuc);
    home.orders;
    home.play({ type: "RetryAsked", at: home.at, by, host: rp4 });
    expect(home.orders).toEqual(["rp4 stage again"]);
    home.staged(rp4);
    expect(home.orders).toEqual(["rp4 trial again"]);
  });
});
