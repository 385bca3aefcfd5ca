import { describe, expect, it } from "vitest";
import { by, Home, nuc, rp4 } from "./scenes.ts";

const skip = (home: Home, host: typeof rp4): Home =>
  home.play({ type: "SkipAsked", at: home.at, by, host });

describe("a rollout that reached nobody", () => {
  it("is no success when everybody was skipped before their turn", () => {
    const home = skip(skip(new Home({ start: "manual" }).offer(7).here(rp4, nuc), rp4), nuc);
    home.play({ type: "DeployAsked", at: home.at, by, now: false });
    expect(home.states).toEqual(["rp4 Skipped", "nuc Skipped"]);
    expect(home.state.rollout).toMatchObject({
      completion: "Aborted",
      why: { code: "host-ended-because", host: rp4, state: "Skipped" },
    });
  });

  it("names the host that failed, not the one that was skipped before it", () => {
    const groups = [{ name: "all", hosts: ["nuc", "rp4"] }];
    const home = skip(new Home({ groups }).offer(7).here(rp4, nuc), nuc);
    skip(home.staged(rp4).ended(rp4, "rolled-back", "lease-expired"), rp4);
    expect(home.states).toEqual(["nuc Skipped", "rp4 RolledBack"]);
    expect(home.state.rollout).toMatchObject({
      completion: "Aborted",
      why: { code: "host-ended-because", host: rp4, state: "RolledBack" },
    });
  });

  it("is partial while somebody is still to come, who gets it later", () => {
    const home = skip(new Home().offer(7).here(rp4), rp4).wait(24 * 60);
    expect(home.states).toEqual(["rp4 Skipped", "nuc Deferred"]);
    expect(home.state.rollout?.completion).toBe("PartiallyPromoted");
    expect(home.here(nuc).orders.at(-1)).toBe("nuc stage");
  });
});
