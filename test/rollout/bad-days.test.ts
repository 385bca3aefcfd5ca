import { describe, expect, it } from "vitest";
import { by, Home, nuc, pathOf, rp4 } from "./scenes.ts";

const failing = (plan: object = {}): Home =>
  new Home(plan).ready().ended(rp4, "rolled-back", "lease-expired");

describe("a rollout in which a host fails", () => {
  it("pauses and asks, by default", () => {
    const home = failing();
    expect(home.states).toEqual(["rp4 RolledBack", "nuc Staged"]);
    expect(home.paused).toEqual(["HostFailure"]);
    expect(home.wait(600).states[1]).toBe("nuc Staged");
  });

  it("goes on without it when somebody says skip, and then has not reached everybody", () => {
    const home = failing().play({ type: "SkipAsked", at: failing().at, by, host: rp4 });
    expect(home.states).toEqual(["rp4 RolledBack", "nuc Activating"]);
    expect(home.succeeds(nuc).state.rollout?.completion).toBe("PartiallyPromoted");
  });

  it("tries it again, taking what the host had put aside, when somebody says retry", () => {
    const home = failing();
    home.orders;
    home.play({ type: "RetryAsked", at: home.at, by, host: null });
    expect(home.orders).toEqual(["rp4 stage again"]);
    expect(home.staged(rp4).states).toEqual(["rp4 Activating", "nuc Staged"]);
    expect(home.key(rp4).attempt).toBe(2);
  });

  it("stops where the plan says stop; who succeeded stays, who fetched lets go", () => {
    const home = failing({ onFailure: "stop" });
    expect(home.states).toEqual(["rp4 RolledBack", "nuc Canceled"]);
    expect(home.orders.at(-1)).toBe("nuc revert");
    expect(home.state.rollout).toMatchObject({
      ...{
        completion: "Aborted",
        why: {
          ...{ code: "host-ended-because", host: rp4, state: "RolledBack" },
          because: { code: "error", error: "lease-expired" },
        },
        paused: [],
      },
    });
  });

  it("lets a host in trial come to its own end before it is over", () => {
    const groups = [{ name: "all", hosts: ["rp4", "nuc"], parallel: 2 }];
    const home = new Home({ groups, onFailure: "stop" }).ready().ended(nuc, "inconsistent");
    expect(home.state.rollout?.phase).toBe("Aborting");
    home.succeeds(rp4);
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Inconsistent"]);
    expect(home.state.rollout?.completion).toBe("Aborted");
  });

  it("returns those that have succeeded as well, where the plan says so", () => {
    const home = new Home({ onFailure: "roll-back" }).ready().succeeds(rp4, nuc).offer(8);
    home.staged(rp4, nuc).succeeds(rp4).ended(nuc, "failed");
    expect(home.state.rollout?.phase).toBe("RollingBack");
    expect(home.orders.at(-1)).toBe("rp4 stage back");
    home.staged(rp4).succeeds(rp4);
    expect(home.states).toEqual(["rp4 RolledBack", "nuc Failed"]);
    expect(home.state.rollout?.completion).toBe("RolledBack");
  });

  it("a host that is inconsistent is left alone by later releases until somebody says retry", () => {
    const home = new Home({ onFailure: "stop" }).ready().ended(rp4, "inconsistent").offer(8);
    expect(home.states).toEqual(["rp4 Skipped", "nuc Staging"]);
    home.staged(nuc).succeeds(nuc);
    expect(home.state.rollout?.completion).toBe("PartiallyPromoted");
    home.play({ type: "RetryAsked", at: home.at, by, host: rp4 });
    expect(home.states[0]).toBe("rp4 Staging");
  });

  it("knows a release that every host refused", () => {
    const home = new Home({ hosts: ["rp4"] }).here(rp4).offer(7);
    const refusal = { code: "signature-invalid", message: "nobody we trust", at: home.at };
    const counter = home.report(rp4).counter;
    home.says(rp4, { rollout: null, attempt: null, refusal: { ...refusal, counter } });
    expect(home.states).toEqual(["rp4 Rejected"]);
    home.play({ type: "SkipAsked", at: home.at, by, host: rp4 });
    expect(home.state.rollout?.completion).toBe("Rejected");
  });

  it("does not call a release refused that somebody has taken", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    const refusal = { code: "signature-invalid", message: "nobody we trust", at: home.at };
    const { counter } = home.state.hosts.root.entries[0]?.step?.order ?? { counter: 0 };
    home.says(rp4, { rollout: null, attempt: null, refusal: { ...refusal, counter } });
    home.play({ type: "SkipAsked", at: home.at, by, host: rp4 }).staged(nuc).succeeds(nuc);
    expect(home.states).toEqual(["rp4 Rejected", "nuc Succeeded"]);
    expect(home.state.rollout?.completion).toBe("PartiallyPromoted");
  });

  it.each(["order-replayed", "order-stale", "clock-unsynchronised", "not-in-trial"])(
    "does not end a turn on %s",
    (code) => {
      const home = new Home().here(rp4, nuc).offer(7);
      const { counter } = home.report(rp4);
      home.says(rp4, { refusal: { code, message: "", counter, at: home.at } });
      expect(home.states[0]).toBe("rp4 Staging");
    },
  );

  it("orders again in time what a host refused because it has accepted higher counters", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    home.orders;
    const { counter } = home.report(rp4);
    const above = counter + 3_600_000;
    home.says(rp4, { counter: above as never, rollout: null, attempt: null });
    const refusal = { code: "order-replayed", message: "", counter, at: home.at };
    home.says(rp4, { counter: above as never, rollout: null, attempt: null, refusal });
    expect(home.orders).toEqual([]);
    home.wait(11);
    expect(home.orders).toContain("rp4 stage");
  });

  it("does not take the refusal of an older order for one of this, nor one during a trial", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    home.says(rp4, { refusal: { code: "wrong-host", message: "", counter: 1, at: home.at } });
    expect(home.states[0]).toBe("rp4 Staging");
    home.staged(rp4, nuc).inTrial(rp4);
    const { counter } = home.report(rp4);
    home.says(rp4, { refusal: { code: "wrong-host", message: "", counter, at: home.at } });
    expect(home.states[0]).toBe("rp4 Committing");
  });
});

describe("success that is none", () => {
  it("is not taken from a host that runs something else", () => {
    const home = new Home().ready().inTrial(rp4);
    const outcome = { code: "succeeded", reason: null, message: "" } as const;
    home.says(rp4, { outcome, current: pathOf(rp4, 3) });
    expect(home.states[0]).toBe("rp4 TakenOver");
    home.says(nuc, { outcome, current: null });
    expect(home.states[1]).toBe("nuc TakenOver");
  });

  it("is not taken from another attempt, another path or a retained copy", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    home.says(rp4, { phase: "staged", attempt: 2 });
    home.says(rp4, { phase: "staged", rollout: "main-6" as never });
    home.says(rp4, { phase: "staged", target: pathOf(rp4, 6) });
    home.says(rp4, { phase: "staged", live: false });
    expect(home.last.ignored).toContain("retained");
    home.inTrial(rp4, { current: pathOf(rp4, 6) });
    expect(home.states[0]).toBe("rp4 Staging");
  });

  it("a host that later runs something else has drifted, and is asked about before it is overwritten", () => {
    const home = new Home().ready().succeeds(rp4, nuc);
    home.says(rp4, { rollout: null, current: pathOf(rp4, 3) });
    home.says(rp4, { rollout: null, current: pathOf(rp4, 3) });
    expect(home.told.filter((one) => one === "DriftSeen")).toHaveLength(1);
    home.offer(8).staged(rp4, nuc);
    expect(home.states).toEqual(["rp4 Staged", "nuc Staged"]);
    expect(home.paused).toEqual(["ApprovalRequired"]);
    home.play({ type: "Approved", at: home.at, by, group: null, host: rp4 });
    expect(home.states[0]).toBe("rp4 Activating");
  });

  it("drift is over when the host runs again what it had committed", () => {
    const home = new Home().ready().succeeds(rp4, nuc);
    home.says(rp4, { rollout: null, current: pathOf(rp4, 3) });
    home.says(rp4, { rollout: null, current: pathOf(rp4, 7) });
    home.offer(8).staged(rp4, nuc);
    expect(home.states[0]).toBe("rp4 Activating");
  });

  it("a host that a person took over in its trial is asked about as well", () => {
    const home = new Home().ready().ended(rp4, "taken-over");
    home.play({ type: "RetryAsked", at: home.at, by, host: rp4 }).staged(rp4);
    expect(home.states[0]).toBe("rp4 Staged");
    home.play({ type: "Approved", at: home.at, by, group: null, host: null });
    expect(home.states[0]).toBe("rp4 Activating");
  });
});
