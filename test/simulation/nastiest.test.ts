import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, pathFor } from "../support/contract-builders.ts";
import { act } from "./deeds.ts";
import { CARRIER } from "./hub-world.ts";
import { changedIn, newHome, PLAN, paused, pushTo, rp4, runToTrial, states, x1 } from "./scene.ts";

describe("the nastiest days", () => {
  it("the hub kills itself: with no broker the server returns to its exact old path, those before it stay", () => {
    const home = newHome();
    const changed = [rp4, x1, CARRIER];
    const fates = { [CARRIER]: { carries: "dies" as const } };
    act(home, { do: "push", push: { title: "bump", changed, fates, goesBack: false } });
    home.run(2 * HOUR_MS);
    expect(states(home)).toEqual(["rp4 Succeeded", "x1 Succeeded", "nuc RolledBack"]);
    expect(home.host(CARRIER).current).toBe(pathFor("nuc first"));
    expect(home.host(CARRIER).bootDefault).toBe(pathFor("nuc first"));
  });

  it("the laptop sleeps through three releases, wakes, and gets the last of them alone", () => {
    const home = newHome();
    act(home, { do: "sleep", host: x1, forMs: 9 * HOUR_MS });
    for (let release = 0; release < 3; release++) {
      const changed = [rp4, x1, CARRIER];
      act(home, { do: "push", push: { title: "bump", changed, fates: {}, goesBack: false } });
      home.run(2 * HOUR_MS);
      expect(states(home)).toEqual(["rp4 Succeeded", "x1 Deferred", "nuc Succeeded"]);
    }
    home.run(5 * HOUR_MS);
    expect(home.host(x1).disk.journal.committed).toHaveLength(1);
    expect(home.host(x1).disk.journal.committed[0]?.serial).toBe(home.hub.state.newestSerial);
  });

  it("the power fails during a trial: the old system boots, and only that host is lost to the release", () => {
    const home = newHome();
    act(home, { do: "push", push: { title: "bump", changed: [rp4], fates: {}, goesBack: false } });
    runToTrial(home);
    act(home, { do: "cut-power", host: rp4, forMs: MINUTE_MS });
    home.run(HOUR_MS);
    expect(home.host(rp4).current).toBe(pathFor("rp4 first"));
    expect(states(home)[0]).toBe("rp4 RolledBack");
    expect(home.hub.state.rollout?.paused.map(({ condition }) => condition)).toEqual([
      "HostFailure",
    ]);
  });

  it("the hub dies after any number of steps: the end is the same, and each host was switched once", () => {
    for (let steps = 0; steps < 60; steps += 3) {
      const home = newHome();
      pushTo(home, [rp4, CARRIER]);
      act(home, { do: "kill-hub", steps });
      home.run(2 * HOUR_MS);
      expect([steps, ...changedIn(home)]).toEqual([steps, "rp4 Succeeded", "nuc Succeeded"]);
      expect(home.host(rp4).disk.journal.closed).toHaveLength(1);
    }
  });

  it("a release is overtaken while it is tried: who is in trial ends it, the rest get the newer one alone", () => {
    const home = newHome();
    pushTo(home, [rp4, CARRIER]);
    runToTrial(home);
    pushTo(home, [rp4, CARRIER]);
    home.run(2 * HOUR_MS);
    const done = home.hub.state.newestSerial;
    expect(changedIn(home)).toEqual(["rp4 Succeeded", "nuc Succeeded"]);
    expect(home.hub.state.rollout).toMatchObject({ serial: done, completion: "Promoted" });
    expect(home.host(CARRIER).disk.journal.committed).toHaveLength(1);
  });

  it("a host is changed by hand after it succeeded: that is asked about before it is overwritten", () => {
    const home = newHome();
    pushTo(home, [rp4]);
    home.run(HOUR_MS);
    act(home, { do: "rebuild-by-hand", host: rp4 });
    home.run(HOUR_MS);
    pushTo(home, [rp4]);
    home.run(HOUR_MS);
    expect(changedIn(home)).toContain("rp4 Staged");
    expect(paused(home)).toEqual(["ApprovalRequired"]);
  });

  it("a host is switched half-way and cannot return: inconsistent, and left alone from then on", () => {
    const home = newHome();
    home.host(rp4).rebootToRecover = false;
    pushTo(home, [rp4, CARRIER], { [rp4]: { activation: "fails", wayBack: "fails" } });
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Inconsistent", "nuc Staged"]);
    expect(paused(home)).toEqual(["HostFailure"]);
    pushTo(home, [rp4]);
    home.run(HOUR_MS);
    expect(changedIn(home)).toContain("rp4 Skipped");
  });

  it("a host is switched half-way and cannot return, but may reboot: its old system boots, and it says so", () => {
    const home = newHome();
    home.host(rp4).rebootToRecover = true;
    pushTo(home, [rp4, CARRIER], { [rp4]: { activation: "fails", wayBack: "fails" } });
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 RolledBack", "nuc Staged"]);
    const { current, booted, disk } = home.host(rp4);
    expect([current, booted]).toEqual([pathFor("rp4 first"), pathFor("rp4 first")]);
    expect(disk.journal.closed.at(-1)?.outcome.message).toContain("the way back failed");
  });

  it("the sensors fall silent with the server that carries them: failed, not passed", () => {
    const home = newHome({ ...PLAN, gates: ["soak"] });
    home.run(10 * MINUTE_MS);
    pushTo(home, [CARRIER], { [CARRIER]: { house: "silent" } });
    home.run(2 * HOUR_MS);
    expect(changedIn(home)).toEqual(["nuc RolledBack"]);
    expect(home.host(CARRIER).current).toBe(pathFor("nuc first"));
  });

  it("the switch on the wall bounces and stays on: the trial is kept, nobody else begins", () => {
    const home = newHome();
    pushTo(home, [rp4, CARRIER]);
    runToTrial(home);
    for (const on of [true, false, true, false, true]) act(home, { do: "switch", on });
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Succeeded", "nuc Staged"]);
    expect(paused(home)).toEqual(["Hold"]);
  });

  it("the hub starts in 1970: nothing begins until its clock is right", () => {
    const home = newHome();
    home.setClock("hub", -home.clock.now, false);
    pushTo(home, [rp4]);
    home.run(HOUR_MS);
    expect(home.host(rp4).disk.journal.committed).toHaveLength(0);
    home.setClock("hub", 0, true);
    home.run(HOUR_MS);
    expect(changedIn(home)).toContain("rp4 Succeeded");
  });

  it("a copied hub wakes beside the first: both stop, and a trial under way ends with its lease", () => {
    const home = newHome();
    home.addSecond(HOUR_MS);
    pushTo(home, [rp4, CARRIER]);
    home.run(HOUR_MS - MINUTE_MS);
    expect(home.hub.state.fenced).not.toBeNull();
    expect(home.host(CARRIER).disk.journal.committed).toHaveLength(0);
    home.run(HOUR_MS);
    expect(changedIn(home)).toContain("nuc RolledBack");
    expect(home.host(CARRIER).current).toBe(pathFor("nuc first"));
  });
});
