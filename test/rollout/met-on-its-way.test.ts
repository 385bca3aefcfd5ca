import { describe, expect, it } from "vitest";
import { by, Home, nuc, rp4, sessionOf, x1 } from "./scenes.ts";

/** What a copied hub, or one that lost its journal, has not ordered itself. */
describe("a host that another hub had begun to try, met on its way", () => {
  const hosts = [{ host: "x1", optional: true }, "rp4"];
  const PLAN = { groups: [{ name: "all", hosts, approval: "host" }], lease: "10m" };

  it.each([
    ["activating", "Activating"],
    ["rebooting", "Rebooting"],
    ["reverting", "RollingBack"],
    ["committing", "Committing"],
  ] as const)(
    "counts as begun (%s): gone, it is not taken for one that was never there",
    (phase, state) => {
      const home = new Home(PLAN).here(x1).offer(7).staged(x1).says(x1, { phase });
      expect(home.states[0]).toBe(`x1 ${state}`);
      expect(home.told).toContain("StepStarted");
      home.gone(x1);
      expect(home.states[0]).toBe(`x1 ${state}`);
      expect(home.wait(30).states[0]).toBe("x1 Unknown");
      expect(home.here(x1).ended(x1, "rolled-back").states[0]).toBe("x1 RolledBack");
    },
  );

  it("goes on as any trial when it is seen in it", () => {
    const home = new Home(PLAN).here(x1).offer(7).staged(x1).says(x1, { phase: "activating" });
    home.orders;
    expect(home.inTrial(x1).states[0]).toBe("x1 Committing");
    expect(home.orders).toEqual(["x1 commit"]);
  });

  it("is ordered back by an abort though this hub granted it no time", () => {
    const home = new Home(PLAN).here(x1).offer(7).staged(x1).says(x1, { phase: "activating" });
    home.play({ type: "AbortAsked", at: home.at, by, scope: "failed" });
    expect(home.orders.at(-1)).toBe("x1 revert");
    expect(home.ended(x1, "rolled-back").state.rollout?.completion).toBe("Aborted");
  });

  it("is not taken up where there is no room for it", () => {
    const home = new Home().ready();
    expect(home.says(nuc, { phase: "activating" }).states).toEqual([
      "rp4 Activating",
      "nuc Staged",
    ]);
    expect(home.succeeds(rp4).states[1]).toBe("nuc Activating");
  });
});

describe("a host that was lost before it had taken its order", () => {
  it("is not sent it again when the rollout is over: it would be tried with nobody to keep it", () => {
    const home = new Home({ hosts: [{ host: "x1", optional: true }, "rp4"], lease: "10m" });
    home.ready();
    const { counter } = home.report(x1);
    home.says(x1, { phase: "staged", counter: counter - 1 }).wait(12);
    expect(home.states[0]).toBe("x1 Unknown");
    home.succeeds(rp4);
    expect(home.state.rollout?.phase).toBe("Completed");
    home.orders;
    home.wait(20);
    home.play({ type: "ControllerStarted", at: home.at, session: sessionOf(77) });
    expect(home.orders).toEqual([]);
  });
});
