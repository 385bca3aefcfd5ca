import { describe, expect, it } from "vitest";
import { type RolloutEvent, type RolloutState, reduce } from "../../src/rollout/index.ts";
import { by, Home, nuc, rp4, sessionOf } from "../rollout/scenes.ts";
import type { House } from "./house.ts";
import type { WatchedHub } from "./hub-world.ts";
import { lookedAtNothing } from "./looked.ts";
import { HubWatch } from "./watch.ts";

const newWatch = (): HubWatch =>
  new HubWatch(new Map(), { lastHeardAt: 0 } as House, lookedAtNothing());
const hubThat = (lastAppended: RolloutEvent | null, instance = 1): WatchedHub => ({
  ...{ name: "hub", instance: sessionOf(instance), lastAppended },
});
const restart = ({ at }: RolloutState): RolloutEvent => ({
  ...{ type: "ControllerStarted", at, session: sessionOf(90) },
});

describe("what watches the hub", () => {
  it("takes a trial that was decided durably before a crash as decided then, not after it", () => {
    const home = new Home({ soak: "5m" }).here(rp4, nuc).offer(7).staged(nuc);
    const before = home.state;
    const event: RolloutEvent = {
      ...{ type: "HostReported", at: home.at, live: true },
      report: home.report(rp4, { phase: "staged" }),
    };
    const { state } = reduce(before, event);
    const again = reduce(state, restart(state));
    expect(again.state.rollout?.paused).toMatchObject([{ condition: "Reconciling" }]);
    const hub = hubThat(event);
    const look = (watch: HubWatch): void => watch.reduced(hub, state, restart(state), again);
    expect(() => look(newWatch())).toThrow("no trial while paused");
    const watch = newWatch();
    watch.restarted(hub, before, state);
    expect(() => look(watch)).not.toThrow();
  });

  it("counts a verdict that was durable before a crash as heard", () => {
    const home = new Home({ soak: "0s", gates: ["soak"] }).ready().inTrial(rp4);
    const before = home.state;
    const verdict = { place: "soak", verdict: "Successful", why: "", ...home.key(rp4) } as const;
    const event: RolloutEvent = { type: "GateJudged", at: home.at, ...verdict };
    const { state } = reduce(before, event);
    const again = reduce(state, restart(state));
    const { rollout, attempt } = home.key(rp4);
    const look = (watch: HubWatch): void =>
      watch.reduced(hubThat(event), state, restart(state), again);
    expect(() => look(newWatch())).toThrow("kept without a verdict");
    const watch = newWatch();
    watch.activated(`${rollout}/rp4/${attempt}`, 0);
    watch.restarted(hubThat(event), before, state);
    expect(() => look(watch)).not.toThrow();
  });

  it("holds an abort against the hub that heard it and against copies made after it, not against an older copy", () => {
    const home = new Home({ soak: "5m" }).ready();
    const { state: before } = home;
    const event: RolloutEvent = { type: "AbortAsked", at: home.at, by, scope: "failed" };
    const reduction = reduce(before, event);
    const rollout = { ...(before.rollout as NonNullable<RolloutState["rollout"]>) };
    const promoted = {
      type: "RolloutEnded",
      ...{ id: "end", at: home.at },
      rollout: { ...rollout, phase: "Completed", completion: "Promoted" },
    } as const;
    const watch = newWatch();
    watch.reduced(hubThat(event), before, event, reduction);
    expect(() => watch.carriedOut(hubThat(null, 2), promoted)).not.toThrow();
    expect(() => watch.carriedOut(hubThat(null, 1), promoted)).toThrow("abort dominates");
    watch.restarted(hubThat(null, 3), reduction.state, reduction.state);
    expect(() => watch.carriedOut(hubThat(null, 3), promoted)).toThrow("abort dominates");
  });
});
