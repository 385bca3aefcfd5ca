import { describe, expect, it } from "vitest";
import { stepsOf } from "../../src/rollout/index.ts";
import { by, Home, nuc, pathOf, rp3, rp4, wall } from "./scenes.ts";

describe("a flow that decides by its wires", () => {
  const flow = (): Home => new Home({ conduct: "flow" }).ready();
  const ask = (home: Home, host = rp4): Home =>
    home.play({ type: "TrialAsked", at: home.at, ...home.key(host) });
  const keep = (home: Home, host = rp4): Home =>
    home.play({ type: "StepKept", at: home.at, ...home.key(host) });
  const undo = (home: Home, host = rp4): Home =>
    home.play({ type: "StepUndone", at: home.at, ...home.key(host), why: "too cold" });

  it("gets a step message, asks for the trial, and keeps it after the host's own report", () => {
    const home = flow();
    expect(home.told).toContain("StepStarted");
    expect(home.states[0]).toBe("rp4 Staged");
    expect(ask(home).states[0]).toBe("rp4 Activating");
    expect(home.inTrial(rp4).states[0]).toBe("rp4 Soaking");
    expect(keep(home).states[0]).toBe("rp4 Committing");
    expect(home.ended(rp4, "succeeded").states).toEqual(["rp4 Succeeded", "nuc Staged"]);
  });

  it("that wires keep around the trial has failed: nothing is deployed, and the rollout waits and says why", () => {
    const home = keep(flow());
    expect(home.states).toEqual(["rp4 Failed", "nuc Staged"]);
    expect(home.paused).toEqual(["HostFailure"]);
    expect(stepsOf(home.state)[0]?.why).toEqual({ code: "kept-untried" });
    expect(home.orders.at(-1)).toBe("rp4 revert");
    expect(keep(home, nuc).last.ignored).toContain("no trial to keep");
    home.play({ type: "RetryAsked", at: home.at, by, host: rp4 });
    expect(home.states[0]).toBe("rp4 Staging");
    const stopped = keep(new Home({ conduct: "flow", onFailure: "stop" }).ready());
    expect(stopped.state.rollout).toMatchObject({
      completion: "Aborted",
      why: { host: "rp4", state: "Failed", because: { code: "kept-untried" } },
    });
  });

  it("cannot keep a trial that it asked for and that the host has not reported", () => {
    const home = keep(ask(flow()));
    expect(home.last.ignored).toContain("no trial to keep");
    expect(home.states[0]).toBe("rp4 Activating");
  });

  it("waits with the trial it asked for until nothing pauses it", () => {
    const home = flow();
    home.play({ type: "HoldSet", at: home.at, source: wall, host: null });
    expect(ask(home).states[0]).toBe("rp4 Staged");
    expect(ask(home).last.ignored).toContain("already");
    home.play({ type: "HoldReleased", at: home.at, source: wall });
    expect(home.states[0]).toBe("rp4 Activating");
  });

  it("can undo a step before and during its trial, not after", () => {
    expect(undo(flow()).states[0]).toBe("rp4 Canceled");
    const home = undo(ask(flow()).inTrial(rp4)).ended(rp4, "rolled-back");
    expect(home.states[0]).toBe("rp4 RolledBack");
    expect(undo(home).last.ignored).toContain("nothing to undo");
  });

  it("calls a rollout off by undoing every step before its trial: nobody was updated, and it says why", () => {
    const home = flow();
    expect(undo(undo(home), nuc).states).toEqual(["rp4 Canceled", "nuc Canceled"]);
    expect(home.state.rollout).toMatchObject({
      completion: "Aborted",
      why: { code: "host-ended-because", host: "rp4", state: "Canceled" },
    });
    home.play({ type: "RetryAsked", at: home.at, by, host: null });
    expect(home.states).toEqual(["rp4 Staging", "nuc Staging"]);
    expect(undo(ask(undo(flow()), nuc).succeeds(nuc)).state.rollout?.completion).toBe(
      "PartiallyPromoted",
    );
  });

  it("has no say for hosts whose turn it is not", () => {
    expect(ask(flow(), nuc).last.ignored).toContain("not the turn");
    expect(ask(flow(), rp3).last.ignored).toContain("no attempt");
    expect(keep(flow(), rp3).last.ignored).toContain("no attempt");
    expect(undo(flow(), rp3).last.ignored).toContain("no attempt");
    expect(undo(flow(), nuc).last.ignored).toContain("nothing to undo");
  });

  it("gets its step message again after the hub's restart, saying so", () => {
    const home = flow();
    const ids = home.state.outbox.map(({ id }) => id);
    home.play({ type: "EffectsDone", at: home.at, ids });
    home.play({ type: "ControllerStarted", at: home.at, session: "00000000-cccc" as never });
    const again = home.last.effects.find((one) => one.type === "StepStarted");
    expect(again).toMatchObject({ host: "rp4", resumed: true });
    home.play({ type: "ControllerStarted", at: home.at, session: "00000000-dddd" as never });
    expect(home.last.effects.filter((one) => one.type === "StepStarted")).toHaveLength(1);
  });

  it("hears of a trial that a hub without memory finds on a host", () => {
    const home = new Home({ conduct: "flow" }).here(rp4, nuc).offer(7).inTrial(rp4);
    expect(home.states[0]).toBe("rp4 Soaking");
    const [step] = home.last.effects.filter((one) => one.type === "StepStarted");
    expect(step).toMatchObject({ host: "rp4", resumed: true });
    expect(home.inTrial(nuc).states[1]).toBe("nuc Staging");
    expect(home.says(nuc, { phase: "in-trial", current: pathOf(nuc, 7) }).states[1]).toBe(
      "nuc Staging",
    );
  });
});
