import { describe, expect, it } from "vitest";
import { plainReason, stepsOf } from "../../src/rollout/index.ts";
import { by, Home, rp4, sessionOf, x1 } from "./scenes.ts";

const waiting = { code: "person-said-later", message: "the film", until: null };
const PLAN = { hosts: [{ host: "x1", optional: true }, "rp4"], lease: "10m" };

/** The laptop has taken its order to try, and waits by its own rules. */
const asked = (plan: object = {}): Home =>
  new Home({ ...PLAN, ...plan }).ready().says(x1, { phase: "staged", waiting });
const whyOf = (home: Home): string => plainReason(stepsOf(home.state)[0]?.why ?? null);
const canceled = (home: Home): Home => home.ended(x1, "canceled", "revert-ordered");

describe("a host that took its order to try and waits by its own rules", () => {
  it("says why, until it begins", () => {
    const home = asked();
    expect(home.states[0]).toBe("x1 Activating");
    expect(whyOf(home)).toBe("waits by its own rules: person-said-later");
    expect(whyOf(home.says(x1, { phase: "staged", waiting: null }))).toBe("");
    expect(whyOf(asked().says(x1, { phase: "activating", current: home.target(x1) }))).toBe("");
  });

  it("and falls silent is called back at once, so that it begins nothing alone when it wakes", () => {
    const home = asked();
    home.orders;
    home.gone(x1).wait(12);
    expect(home.states).toEqual(["x1 Unknown", "rp4 Activating"]);
    expect(home.orders).toEqual(["x1 revert", "rp4 trial"]);
  });

  it("catches up once it has let its order go, though the rollout is over", () => {
    const home = asked().gone(x1).wait(12).succeeds(rp4);
    expect(home.state.rollout?.completion).toBe("PartiallyPromoted");
    home.orders;
    expect(home.wait(300).here(x1).wait(0).orders).toEqual(["x1 revert"]);
    canceled(home);
    expect(home.state.rollout).toMatchObject({ kind: "catch-up", title: "nixpkgs bump" });
    expect(home.staged(x1).succeeds(x1).states).toEqual(["x1 Succeeded"]);
  });

  it("catches up after a rollout that is still under way", () => {
    const home = asked().gone(x1).wait(12).here(x1);
    expect(canceled(home).states).toEqual(["x1 Deferred", "rp4 Activating"]);
    home.succeeds(rp4);
    expect(home.state.rollout).toMatchObject({ kind: "catch-up", serial: 7 });
  });

  it("does not catch up with what was stopped", () => {
    const home = asked().gone(x1).wait(12);
    home.play({ type: "AbortAsked", at: home.at, by, scope: "failed" }).ended(rp4, "rolled-back");
    expect(home.state.rollout?.completion).toBe("Aborted");
    expect(canceled(home.here(x1)).states[0]).toBe("x1 Deferred");
    expect(home.state.rollout?.kind).toBe("release");
  });

  it("is told again by a hub that starts anew", () => {
    const home = asked().gone(x1).wait(12);
    home.orders;
    home.play({ type: "ControllerStarted", at: home.at, session: sessionOf(70) });
    expect(home.orders).toContain("x1 revert");
  });

  it("had begun after all: it is never kept, and ends by its own word", () => {
    const home = asked().gone(x1).wait(12).here(x1);
    home.says(x1, { phase: "activating" }).inTrial(x1);
    expect([home.states[0], home.orders.includes("x1 commit")]).toEqual(["x1 Unknown", false]);
    expect(home.says(x1, { phase: "reverting" }).ended(x1, "rolled-back").states[0]).toBe(
      "x1 RolledBack",
    );
  });
});

describe("a host that was lost, and says that it has not begun", () => {
  it("is called back and catches up, with nobody to say retry", () => {
    const home = new Home(PLAN).ready().wait(12);
    expect(home.states[0]).toBe("x1 Unknown");
    home.orders;
    home.staged(x1).staged(x1);
    expect(home.orders).toEqual(["x1 revert"]);
    expect(canceled(home).states[0]).toBe("x1 Deferred");
    home.succeeds(rp4);
    expect(home.state.rollout).toMatchObject({ kind: "catch-up", serial: 7 });
  });
});
