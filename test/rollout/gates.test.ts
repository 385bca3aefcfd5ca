import { describe, expect, it } from "vitest";
import type { GatePlace, GateVerdict } from "../../src/rollout/index.ts";
import { by, Home, nuc, rp3, rp4, wall } from "./scenes.ts";

function judge(home: Home, place: GatePlace, verdict: GateVerdict, host = rp4): Home {
  const { rollout, attempt } = home.key(host);
  const run = home.state.rollout?.run ?? 0;
  return home.play({
    ...{ type: "GateJudged", at: home.at, place, rollout, verdict, why: "kitchen: 17 degrees" },
    host: place === "final" ? null : host,
    attempt: place === "final" ? run : attempt,
  });
}

describe("the gate before a trial", () => {
  const home = (): Home => new Home({ gates: ["preflight"] }).ready();

  it("is asked about the host whose turn it is, and only its yes lets it begin", () => {
    const asked = home();
    expect(asked.told).toContain("GateAsked");
    expect(asked.states).toEqual(["rp4 Staged", "nuc Staged"]);
    expect(judge(asked, "preflight", "Successful").states[0]).toBe("rp4 Activating");
  });

  it.each(["Failed", "Inconclusive", "NoData", "Error"] as const)(
    "%s pauses; a later yes goes on",
    (no) => {
      const refused = judge(home(), "preflight", no);
      expect(refused.paused).toEqual(["PreflightFailed"]);
      expect(judge(refused, "preflight", "Successful").states[0]).toBe("rp4 Activating");
    },
  );

  it("says yes for that instant only: after a pause it is asked anew", () => {
    const held = home();
    held.play({ type: "HoldSet", at: held.at, source: wall, host: null });
    judge(held, "preflight", "Successful");
    expect(held.states[0]).toBe("rp4 Staged");
    held.play({ type: "HoldReleased", at: held.at, source: wall });
    expect(held.states[0]).toBe("rp4 Staged");
    expect(held.told.filter((one) => one === "GateAsked")).toHaveLength(2);
  });

  it("is not listened to when it is over or speaks of something else", () => {
    const begun = judge(home(), "preflight", "Successful");
    expect(judge(begun, "preflight", "Failed").last.ignored).toContain("begun");
    expect(judge(begun, "preflight", "Failed", rp3).last.ignored).toContain("no attempt");
    const other = { rollout: "main-6" as never, host: rp4, attempt: 1, why: "" };
    begun.play({ type: "GateJudged", at: begun.at, place: "soak", verdict: "Failed", ...other });
    expect(begun.last.ignored).toContain("not under way");
    begun.play({
      type: "GateJudged",
      at: begun.at,
      place: "soak",
      verdict: "Failed",
      ...other,
      host: null,
    });
    expect(begun.last.ignored).toContain("belongs to a host");
  });
});

describe("the gate during a trial", () => {
  const home = (plan: object = {}): Home =>
    new Home({ gates: ["soak"], soak: "5m", ...plan }).ready().inTrial(rp4);

  it("needs both its yes and the time, in either order", () => {
    const early = judge(home(), "soak", "Successful");
    expect(early.states[0]).toBe("rp4 Soaking");
    expect(early.wait(5).states[0]).toBe("rp4 Committing");
    const late = home().wait(5);
    expect(late.states[0]).toBe("rp4 Soaking");
    expect(judge(late, "soak", "Successful").states[0]).toBe("rp4 Committing");
  });

  it("that fails takes the trial back", () => {
    const failed = judge(home(), "soak", "Failed").ended(rp4, "rolled-back", "gate-failed");
    expect(failed.states[0]).toBe("rp4 RolledBack");
    expect(failed.orders).toContain("rp4 revert");
  });

  it.each([
    ["Inconclusive", "InconclusiveAnalysis"],
    ["NoData", "InconclusiveAnalysis"],
    ["Error", "AnalysisError"],
  ] as const)(
    "without a verdict (%s) lets nobody else begin, and a person may keep it",
    (verdict, condition) => {
      const open = judge(home(), "soak", verdict);
      expect(open.paused).toEqual([condition]);
      open.play({ type: "PromoteAsked", at: open.at, by, host: rp4 });
      expect(open.states[0]).toBe("rp4 Committing");
      expect(judge(open, "soak", "Failed").last.ignored).toContain("not being watched");
    },
  );

  it("is spared with the soak by deploy now", () => {
    const home = new Home({ gates: ["soak"], soak: "5m" }).ready();
    home.play({ type: "DeployAsked", at: home.at, by, now: true }).inTrial(rp4);
    expect(home.states[0]).toBe("rp4 Committing");
  });
});

it("a trial that the gate has failed goes back with what the gate said as its reason", () => {
  const home = new Home({ gates: ["soak"], soak: "5m" }).ready().inTrial(rp4);
  judge(home, "soak", "Failed");
  expect(home.states[0]).toBe("rp4 RollingBack");
  expect(home.state.hosts.root.entries[0]?.step?.why).toEqual({
    ...{ code: "said", said: "kitchen: 17 degrees" },
  });
});

describe("the gate after the last host", () => {
  const home = (plan: object = {}): Home => {
    const first = new Home({ gates: ["final"], ...plan }).ready().succeeds(rp4, nuc);
    return first;
  };

  it("has the last word", () => {
    expect(home().state.rollout?.phase).toBe("Finalising");
    expect(judge(home(), "final", "Successful").state.rollout?.completion).toBe("Promoted");
  });

  it.each([
    ["Failed", "HostFailure"],
    ["Error", "AnalysisError"],
    ["NoData", "InconclusiveAnalysis"],
    ["Inconclusive", "InconclusiveAnalysis"],
  ] as const)(
    "pauses on %s by default, until a person stops it or it says yes",
    (verdict, condition) => {
      const open = judge(home(), "final", verdict);
      expect(open.paused).toEqual([condition]);
      open.play({ type: "AbortAsked", at: open.at, by, scope: "failed" });
      expect(open.state.rollout?.completion).toBe("Aborted");
      expect(judge(open, "final", "Successful").last.ignored).toContain("last gate");
    },
  );

  it("returns everybody where the plan says so", () => {
    const open = home({ onFailure: "roll-back" });
    judge(open, "final", "Successful").offer(8).staged(rp4, nuc).succeeds(rp4, nuc);
    judge(open, "final", "Failed");
    expect(open.state.rollout).toMatchObject({
      ...{ phase: "RollingBack", why: { code: "unhealthy-at-last" } },
    });
    const stopped = judge(home({ onFailure: "stop" }), "final", "Failed");
    expect(stopped.state.rollout?.completion).toBe("Aborted");
  });

  it("is not waited for when a newer release came", () => {
    expect(home().offer(8).state.rollout?.serial).toBe(8);
  });

  it("is not one of another rollout", () => {
    const open = home();
    open.play({
      type: "GateJudged",
      at: open.at,
      place: "final",
      rollout: "main-6" as never,
      host: null,
      attempt: 1,
      verdict: "Failed",
      why: "",
    });
    expect(open.last.ignored).not.toBeNull();
  });
});
