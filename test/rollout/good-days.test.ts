import { describe, expect, it } from "vitest";
import { Home, nuc, pathOf, rp3, rp4, x1 } from "./scenes.ts";

describe("a rollout whose hosts do well", () => {
  it("stages everybody at once, and those who come later when they come", () => {
    const home = new Home({ hosts: ["rp4", "nuc", "rp3"] }).here(rp4, nuc).offer(7);
    expect(home.orders).toEqual(["rp4 stage", "nuc stage"]);
    expect(home.here(rp3).orders).toEqual(["rp3 stage"]);
  });

  it("lets nobody begin before every host has what it needs", () => {
    const home = new Home().here(rp4, nuc).offer(7).staged(rp4);
    expect(home.states).toEqual(["rp4 Staged", "nuc Staging"]);
    expect(home.orders).toEqual(["rp4 stage", "nuc stage"]);
  });

  it("goes in the order of the plan, whoever was ready first, and commits on the host's own word", () => {
    const home = new Home().here(rp4, nuc).offer(7).staged(nuc, rp4);
    home.inTrial(rp4);
    expect(home.orders).toEqual(["rp4 stage", "nuc stage", "rp4 trial", "rp4 commit"]);
    home.ended(rp4, "succeeded");
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Activating"]);
    home.succeeds(nuc);
    expect(home.state.rollout).toMatchObject({ phase: "Completed", completion: "Promoted" });
    expect(home.told.filter((one) => one === "RolloutEnded")).toHaveLength(1);
    expect(home.told.filter((one) => one === "HostEnded")).toHaveLength(2);
  });

  it("waits with the soak before it commits", () => {
    const home = new Home({ soak: "5m" }).ready().inTrial(rp4);
    expect(home.states[0]).toBe("rp4 Soaking");
    expect(home.wait(4).states[0]).toBe("rp4 Soaking");
    expect(home.wait(1).states[0]).toBe("rp4 Committing");
  });

  it("begins the soak anew when the host has rebooted into its trial", () => {
    const home = new Home({ soak: "5m", lease: "1h" }).ready().inTrial(rp4).wait(4);
    home.inTrial(rp4, { bootId: "00000000-0000-4000-8000-00000000beef" as never });
    expect(home.wait(4).states[0]).toBe("rp4 Soaking");
    expect(
      home.inTrial(rp4, { bootId: "00000000-0000-4000-8000-00000000beef" as never }).wait(1)
        .states[0],
    ).toBe("rp4 Committing");
  });

  it("does not commit a host that is away when its soak is over; it does when the host is back", () => {
    const home = new Home({ soak: "5m" }).ready().inTrial(rp4).gone(rp4).wait(5);
    expect(home.states[0]).toBe("rp4 Soaking");
    expect(home.here(rp4).states[0]).toBe("rp4 Committing");
  });

  it("takes a host that has the release already as done", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    home.ended(rp4, "already-installed").ended(nuc, "already-installed");
    expect(home.state.rollout?.completion).toBe("Promoted");
  });

  it("runs as many of a group at once as the group allows", () => {
    const groups = [{ name: "pis", hosts: ["rp3", "rp4", "x1"], parallel: 2 }];
    const home = new Home({ groups });
    home.ready();
    expect(home.states).toEqual(["rp3 Activating", "rp4 Activating", "x1 Staged"]);
    home.succeeds(rp4);
    expect(home.states).toEqual(["rp3 Activating", "rp4 Succeeded", "x1 Activating"]);
  });

  it("lets a host wait for those it depends on", () => {
    const hosts = [{ host: "rp3", after: ["rp4"] }, "rp4"];
    const groups = [{ name: "pis", hosts, parallel: 2 }];
    const home = new Home({ groups }).ready();
    expect(home.states).toEqual(["rp3 Staged", "rp4 Activating"]);
    expect(home.succeeds(rp4).states).toEqual(["rp3 Activating", "rp4 Succeeded"]);
  });

  it("follows the host through its phases", () => {
    const home = new Home().ready();
    home.says(rp4, { phase: "activating" });
    expect(home.states[0]).toBe("rp4 Activating");
    home.says(rp4, { phase: "activating", current: pathOf(rp4, 7) });
    expect(home.states[0]).toBe("rp4 Verifying");
    home.says(rp4, { phase: "committing", current: pathOf(rp4, 7) });
    expect(home.states[0]).toBe("rp4 Committing");
    home.says(rp4, { phase: "reverting" });
    expect(home.states[0]).toBe("rp4 RollingBack");
    home.says(rp4, { phase: "locked" }).inTrial(rp4);
    expect(home.states[0]).toBe("rp4 RollingBack");
    expect(home.says(nuc, { phase: "reverting" }).states[1]).toBe("nuc Staged");
  });
});

describe("the host that carries the broker or the hub", () => {
  const plan = { hosts: [{ host: "nuc", carries: ["broker", "hub"] }, "rp4"] };
  const started = (): Home => {
    const home = new Home(plan);
    home.play({ type: "ControllerStarted", at: home.at, session: "00000000-aaaa" as never });
    return home.ready().succeeds(rp4);
  };
  const reconnect = (home: Home): Home =>
    home.play({ type: "HubConnected", at: home.at, session: "00000000-bbbb" as never });

  it("goes last, whatever the order of the plan", () => {
    expect(started().states).toEqual(["rp4 Succeeded", "nuc Activating"]);
  });

  it("is kept only over sessions that hub and host opened after the activation", () => {
    const home = started().inTrial(nuc);
    expect(home.states[1]).toBe("nuc Verifying");
    expect(home.told).toContain("ReconnectAsked");
    expect(reconnect(home).states[1]).toBe("nuc Verifying");
    expect(home.here(nuc).states[1]).toBe("nuc Committing");
  });

  it("is kept in whichever order the two come back", () => {
    const home = started().here(nuc).inTrial(nuc).inTrial(nuc);
    expect(home.states[1]).toBe("nuc Verifying");
    expect(home.told.filter((one) => one === "ReconnectAsked")).toHaveLength(1);
    expect(reconnect(home).states[1]).toBe("nuc Committing");
  });

  it("is not kept by new connections alone, before it has reported its trial", () => {
    const home = started();
    home.says(nuc, { phase: "activating", current: pathOf(nuc, 7) });
    reconnect(home).here(nuc);
    expect(home.states[1]).toBe("nuc Verifying");
  });

  it("goes alone: nobody begins beside it, and it waits for who is still in trial", () => {
    const optional = { host: "x1", optional: true };
    const home = new Home({ hosts: [optional, ...plan.hosts] }).here(rp4, nuc).offer(7);
    home.staged(rp4, nuc).succeeds(rp4).here(x1).staged(x1);
    expect(home.states).toEqual(["x1 Staged", "rp4 Succeeded", "nuc Activating"]);
    const other = new Home({ hosts: [optional, ...plan.hosts] }).ready();
    expect(other.states).toEqual(["x1 Activating", "rp4 Staged", "nuc Staged"]);
    other.succeeds(x1).succeeds(rp4);
    expect(other.states).toEqual(["x1 Succeeded", "rp4 Succeeded", "nuc Activating"]);
  });
});
