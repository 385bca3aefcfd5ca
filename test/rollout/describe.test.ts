import { expect, describe as group, it } from "vitest";
import { encodePayload, parseHostName, type SessionId } from "../../src/contract/index.ts";
import { describe, type RolloutState, statusOf } from "../../src/rollout/index.ts";
import { by, Home, nuc, rp3, rp4, sessionOf, wall } from "./scenes.ts";

const hub: SessionId = sessionOf(1);
const hold = (home: Home): Home =>
  home.play({ type: "HoldSet", at: home.at, source: wall, host: null });
const abort = (home: Home): Home =>
  home.play({ type: "AbortAsked", at: home.at, by, scope: "all" });

group("a rollout in words", () => {
  it.each([
    ["waiting for release", () => new Home()],
    ["release is settling", () => new Home({ settle: "5m" }).offer(7)],
    ["staging 0/2", () => new Home().here(rp4, nuc).offer(7)],
    ["staging 1/2", () => new Home().here(rp4, nuc).offer(7).staged(rp4)],
    ["trying rp4", () => new Home().ready()],
    ["watching rp4", () => new Home({ soak: "5m" }).ready().inTrial(rp4)],
    ["keeping rp4", () => new Home().ready().inTrial(rp4)],
    ["undoing rp4", () => abort(new Home().ready())],
    ["on hold", () => hold(new Home().here(rp4, nuc)).offer(7).staged(rp4, nuc)],
    ["a host failed", () => new Home().ready().ended(rp4, "failed")],
    ["last check", () => new Home({ gates: ["final"] }).ready().succeeds(rp4, nuc)],
    ["stopped at rp4", () => new Home({ onFailure: "stop" }).ready().ended(rp4, "failed")],
    ["stopped at request", () => abort(new Home().here(rp4, nuc).offer(7))],
    ["done 2/2", () => new Home().ready().succeeds(rp4, nuc)],
    [
      "rolled back",
      () =>
        abort(new Home().ready().succeeds(rp4, nuc).offer(8).staged(rp4, nuc).succeeds(rp4))
          .ended(nuc, "failed")
          .staged(rp4)
          .succeeds(rp4),
    ],
    [
      "roll back failed",
      () =>
        abort(new Home().ready().succeeds(rp4, nuc).offer(8).staged(rp4, nuc).succeeds(rp4))
          .ended(nuc, "failed")
          .staged(rp4)
          .ended(rp4, "failed"),
    ],
    [
      "newer release came",
      () => new Home({ settle: "5m" }).here(rp4, nuc).offer(7).wait(5).offer(8),
    ],
  ] as const)("says %j", (text, tell) => {
    expect(describe(tell().state)).toBe(text);
  });

  it("says that it is stopping while only a silent host is left", () => {
    const home = new Home().ready();
    const state: RolloutState = {
      ...home.state,
      rollout: home.state.rollout && { ...home.state.rollout, phase: "Aborting" },
    };
    expect(describe(state)).toBe("trying rp4");
    const { rollout } = new Home().here(rp4).offer(7).state;
    expect(
      describe({ ...new Home().state, rollout: rollout && { ...rollout, phase: "Aborting" } }),
    ).toBe("stopping");
  });

  it("fits below a node even with the longest host name", () => {
    const host = parseHostName("a".repeat(63));
    const home = new Home({ hosts: [host], onFailure: "stop" }).ready().ended(host, "failed");
    expect(describe(home.state)).toHaveLength(20);
  });

  it("is a payload that everybody on the wire accepts", () => {
    const home = hold(new Home().here(rp4, nuc)).offer(7, [rp4, nuc, rp3]);
    const status = statusOf(home.state, hub, home.at);
    expect(status && encodePayload("rolloutStatus", status).byteLength).toBeGreaterThan(100);
    expect(status?.hosts.at(-1)).toMatchObject({ host: "rp3", state: "Skipped" });
    expect(statusOf(new Home().state, hub, home.at)).toBeNull();
  });

  it("of a large fleet still fits on the wire", () => {
    const home = new Home({ hosts: Array.from({ length: 600 }, (_, at) => `h${at}`) });
    const status = statusOf(home.offer(7).state, hub, home.at);
    expect(status && encodePayload("rolloutStatus", status).byteLength).toBeLessThan(131_072);
  });
});
