import { describe, expect, it } from "vitest";
import { by, Home, nuc, pathOf, rp3, rp4 } from "./scenes.ts";

describe("an abort", () => {
  const abort = (home: Home, scope: "failed" | "group" | "all"): Home =>
    home.play({ type: "AbortAsked", at: home.at, by, scope });

  it("takes back the trial that was not kept, and lets go who only fetched", () => {
    const home = abort(new Home({ soak: "5m" }).ready().inTrial(rp4), "failed");
    expect(home.states).toEqual(["rp4 RollingBack", "nuc Canceled"]);
    expect(home.orders.slice(-2)).toEqual(["nuc revert", "rp4 revert"]);
    home.ended(rp4, "rolled-back");
    expect(home.state.rollout).toMatchObject({
      completion: "Aborted",
      why: { code: "stopped-by", by: "phone" },
    });
  });

  it("beats keeping, in any order of arrival", () => {
    const home = abort(new Home({ soak: "5m" }).ready().inTrial(rp4), "failed");
    home.play({ type: "PromoteAsked", at: home.at, by, host: rp4 }).inTrial(rp4).wait(10);
    expect(home.states[0]).toBe("rp4 RollingBack");
    expect(home.orders).not.toContain("rp4 commit");
    expect(home.wait(200).states[0]).toBe("rp4 Unknown");
  });

  it("does not take back what is being kept already", () => {
    const home = abort(new Home().ready().inTrial(rp4), "failed").ended(rp4, "succeeded");
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Canceled"]);
  });

  it("of all returns those that have succeeded, the last one first, one at a time", () => {
    const home = new Home({ hosts: ["rp3", "rp4", "nuc"] }).ready().succeeds(rp3, rp4, nuc);
    home.offer(8).staged(rp3, rp4, nuc).succeeds(rp3, rp4);
    abort(home, "all").ended(nuc, "rolled-back");
    expect(home.state.rollout?.phase).toBe("RollingBack");
    home.orders;
    home.staged(rp3, rp4);
    expect(home.orders).toEqual(["rp4 trial back"]);
    expect(home.target(rp4)).toBe(pathOf(rp4, 7));
    home.succeeds(rp4).succeeds(rp3);
    expect(home.states).toEqual(["rp3 RolledBack", "rp4 RolledBack", "nuc RolledBack"]);
    expect(home.state.rollout?.completion).toBe("RolledBack");
  });

  it("of a group returns that group only", () => {
    const groups = [
      { name: "pis", hosts: ["rp3"] },
      { name: "rest", hosts: ["rp4", "nuc"] },
    ];
    const home = new Home({ groups }).ready().succeeds(rp3, rp4, nuc);
    home.offer(8).staged(rp3, rp4, nuc).succeeds(rp3, rp4).ended(nuc, "rolled-back");
    abort(home, "group").staged(rp4).succeeds(rp4);
    expect(home.states).toEqual(["rp3 Succeeded", "rp4 RolledBack", "nuc RolledBack"]);
  });

  it("that cannot return a host says so", () => {
    const home = new Home().ready().succeeds(rp4, nuc).offer(8).staged(rp4, nuc).succeeds(rp4);
    abort(home, "all").ended(nuc, "failed").staged(rp4).inTrial(rp4).ended(rp4, "rolled-back");
    expect(home.state.rollout?.completion).toBe("RollbackFailed");
    expect(home.states[0]).toBe("rp4 Failed");
  });

  it("said again changes nothing, but may reach further", () => {
    const home = abort(new Home().ready(), "failed");
    expect(abort(home, "failed").last.ignored).toContain("already");
    expect(abort(home, "all").last.ignored).toBeNull();
    expect(home.ended(rp4, "canceled").state.rollout?.completion).toBe("Aborted");
    expect(abort(home, "all").last.ignored).toContain("no rollout");
  });

  it("does not interrupt a roll back", () => {
    const home = new Home().ready().succeeds(rp4, nuc).offer(8).staged(rp4, nuc).succeeds(rp4);
    abort(home, "all").ended(nuc, "rolled-back");
    expect(abort(home, "all").last.ignored).toContain("already");
  });
});

describe("a roll back", () => {
  const back = (home: Home, host: typeof rp4 | null): Home =>
    home.play({ type: "RollbackAsked", at: home.at, by, host });
  const twice = (): Home =>
    new Home().ready().succeeds(rp4, nuc).offer(8).staged(rp4, nuc).succeeds(rp4, nuc);

  it("returns one host to what it had committed before, as a trial", () => {
    const home = back(twice(), nuc).staged(nuc);
    expect(home.orders.slice(-2)).toEqual(["nuc stage back", "nuc trial back"]);
    home.succeeds(nuc);
    expect(home.states).toEqual(["rp4 Succeeded", "nuc RolledBack"]);
    expect(home.state.rollout).toMatchObject({ completion: "RolledBack", run: 2 });
  });

  it("waits for a host that is away", () => {
    const home = back(twice().gone(nuc), nuc);
    expect(home.states[1]).toBe("nuc Queued");
    expect(home.wait(120).state.rollout?.completion).toBe("RollbackFailed");
  });

  it("is refused without a rollout, during one, and where nothing is left to return to", () => {
    expect(back(new Home(), null).last.ignored).toContain("nothing");
    expect(back(new Home().ready(), null).last.ignored).toContain("under way");
    expect(back(new Home().ready().succeeds(rp4, nuc), null).last.ignored).toContain("no host");
    expect(back(new Home().ready().succeeds(rp4, nuc), nuc).last.ignored).toContain("nuc");
  });
});
