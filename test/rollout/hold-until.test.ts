import { describe, expect, it } from "vitest";
import type { RolloutEvent } from "../../src/rollout/index.ts";
import { Home, MINUTE_MS, nuc, rp4, wall } from "./scenes.ts";

const hold = (home: Home, fields: object = {}): Home =>
  home.play({ type: "HoldSet", at: home.at, source: wall, host: null, ...fields } as RolloutEvent);

describe("a hold", () => {
  it("says when it ends, and of several the one that lets go last; one without an end says none", () => {
    const home = hold(new Home().here(rp4, nuc), { duration: 2 * MINUTE_MS }).offer(7);
    const why = () => home.state.rollout?.paused[0]?.why;
    const until = (minutes: number) =>
      `${new Date(home.at + minutes * MINUTE_MS).toISOString().slice(0, 16).replace("T", " ")} UTC`;
    expect(why()).toEqual({ code: "held-until", source: wall, until: until(2) });
    const sofa = "sofa" as never;
    hold(home, { source: sofa, duration: 9 * MINUTE_MS });
    expect(why()).toEqual({ code: "held-until", source: sofa, until: until(9) });
    hold(home, { source: sofa, duration: 9e15 });
    expect(why()).toEqual({ code: "held-by", source: sofa });
    hold(home, { duration: null });
    expect(why()).toEqual({ code: "held-by", source: wall });
    hold(home, { source: sofa, duration: null });
    expect(why()).toEqual({ code: "held-by", source: wall });
    expect(home.told.filter((one) => one === "Paused")).toHaveLength(1);
  });
});
