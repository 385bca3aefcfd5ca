import { describe, expect, it } from "vitest";
import { plainReason, stepsOf } from "../../src/rollout/index.ts";
import { by, Home, rp4 } from "./scenes.ts";

const COLD = "bedroom 17.1 is not above 18";

/** rp4 is in its trial, and the gate or the wires look at it. */
const watched = (plan: object = {}): Home =>
  new Home({ soak: "5m", gates: ["soak"], ...plan }).ready().inTrial(rp4);

const judge = (home: Home, verdict: "Failed" | "Inconclusive", why: string): Home =>
  home.play({ type: "GateJudged", at: home.at, place: "soak", verdict, why, ...home.key(rp4) });
const undo = (home: Home, why: string): Home =>
  home.play({ type: "StepUndone", at: home.at, ...home.key(rp4), why });
const stop = (home: Home): Home =>
  home.play({ type: "AbortAsked", at: home.at, by, scope: "failed" });
/** All that a host knows of it. */
const returns = (home: Home): Home => home.ended(rp4, "rolled-back", "revert-ordered");

const whyOf = (home: Home) => stepsOf(home.state)[0]?.why;
const toldOf = (home: Home) =>
  home.last.effects.find(({ type }) => type === "HostEnded") as object | undefined;

describe("a host that the hub ordered back", () => {
  it.each([
    ["a gate", () => judge(watched(), "Failed", COLD), { code: "said", said: COLD }],
    ["a wire", () => undo(watched(), COLD), { code: "said", said: COLD }],
    ["a person", () => stop(watched()), { code: "stopped-by", by }],
  ] as const)("ends with the words of who wanted it: %s", (_name, wanted, why) => {
    const home = returns(wanted());
    expect(home.states[0]).toBe("rp4 RolledBack");
    expect(whyOf(home)).toEqual(why);
    expect(toldOf(home)).toMatchObject({ state: "RolledBack", why });
  });

  it("pauses the rollout with them", () => {
    const home = returns(judge(watched(), "Failed", COLD));
    const [pause] = home.state.rollout?.paused ?? [];
    expect(pause).toMatchObject({ condition: "HostFailure", why: { code: "host-ended-because" } });
    expect(plainReason(pause?.why ?? null)).toBe(`rp4: RolledBack, ${COLD}`);
  });

  it("stops the rollout with them, where the plan says stop", () => {
    const home = returns(judge(watched({ onFailure: "stop" }), "Failed", COLD));
    expect(plainReason(home.state.rollout?.why ?? null)).toBe(`rp4: RolledBack, ${COLD}`);
  });

  it("keeps them while it reports that it returns", () => {
    const home = judge(watched(), "Failed", COLD).says(rp4, { phase: "reverting" });
    expect(whyOf(home)).toEqual({ code: "said", said: COLD });
    expect(whyOf(returns(home))).toEqual({ code: "said", said: COLD });
  });

  it("by somebody who said nothing was ordered back, and that is all", () => {
    expect(whyOf(returns(undo(watched(), "")))).toEqual({ code: "error", error: "revert-ordered" });
  });

  it("but had a reason of its own before the order arrived says that one", () => {
    const home = judge(watched(), "Failed", COLD).ended(rp4, "rolled-back", "lease-expired");
    expect(whyOf(home)).toEqual({ code: "error", error: "lease-expired" });
  });
});

describe("a host that returns, and this hub does not know why", () => {
  it("is not said to return for what was said of its trial", () => {
    const home = judge(watched(), "Inconclusive", "nothing was heard");
    home.says(rp4, { phase: "reverting" });
    expect([home.states[0], whyOf(home)]).toEqual(["rp4 RollingBack", null]);
    expect(whyOf(returns(home))).toEqual({ code: "error", error: "revert-ordered" });
  });

  it("that was silent too long is only said to have been ordered back", () => {
    const home = judge(watched(), "Failed", COLD).wait(600);
    expect(whyOf(home)).toEqual({ code: "not-heard" });
    expect(whyOf(returns(home))).toEqual({ code: "error", error: "revert-ordered" });
  });

  it("without a word pauses the rollout by its end alone", () => {
    const home = new Home().ready().ended(rp4, "rolled-back");
    expect(home.state.rollout?.paused[0]?.why).toEqual({
      ...{ code: "host-ended", host: rp4, state: "RolledBack" },
    });
  });
});
