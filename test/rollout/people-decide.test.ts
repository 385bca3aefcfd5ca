import { describe, expect, it } from "vitest";
import type { RolloutEvent } from "../../src/rollout/index.ts";
import { by, Home, MINUTE_MS, nuc, rp3, rp4, wall, x1 } from "./scenes.ts";

const hold = (home: Home, fields: object = {}): Home =>
  home.play({ type: "HoldSet", at: home.at, source: wall, host: null, ...fields } as RolloutEvent);
const release = (home: Home): Home =>
  home.play({ type: "HoldReleased", at: home.at, source: wall });
const approve = (home: Home, fields: object = {}): Home =>
  home.play({
    type: "Approved",
    at: home.at,
    by,
    group: null,
    host: null,
    ...fields,
  } as RolloutEvent);

describe("a hold", () => {
  it("lets who is in trial finish and be kept, and lets nobody begin", () => {
    const home = hold(new Home().ready()).succeeds(rp4);
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Staged"]);
    expect(home.paused).toEqual(["Hold"]);
    expect(release(home).states[1]).toBe("nuc Activating");
  });

  it("ends by itself after the plan's time, and after its own", () => {
    const home = hold(new Home().here(rp4, nuc)).offer(7).staged(rp4, nuc);
    expect(home.wait(239).paused).toEqual(["Hold"]);
    expect(home.wait(1).paused).toEqual([]);
    const short = hold(new Home().here(rp4, nuc), { duration: MINUTE_MS })
      .offer(7)
      .staged(rp4, nuc);
    expect(short.wait(1).paused).toEqual([]);
  });

  it("of a switch lasts until the same switch is off, and reminds when it is old", () => {
    const home = hold(new Home().here(rp4, nuc), { duration: null }).offer(7).staged(rp4, nuc);
    home.wait(240).wait(240);
    expect(home.paused).toEqual(["Hold"]);
    expect(home.told.filter((one) => one === "HoldIsOld")).toHaveLength(2);
    home.play({ type: "HoldReleased", at: home.at, source: "sofa" as never });
    expect(home.paused).toEqual(["Hold"]);
  });

  it("said twice is one hold; with another duration it is that", () => {
    const home = hold(hold(new Home()));
    expect(home.last.ignored).toContain("holds already");
    expect(hold(home, { duration: null }).state.holds).toMatchObject([{ until: null }]);
  });

  it("of one host lets the others go", () => {
    const home = hold(new Home({ hosts: ["rp4", "nuc"] }).here(rp4, nuc), { host: rp4 });
    home.offer(7).staged(rp4, nuc);
    expect(home.paused).toEqual(["Hold"]);
    hold(home, { host: nuc });
    expect(home.states).toEqual(["rp4 Activating", "nuc Staged"]);
    home.succeeds(rp4).wait(240);
    expect(home.states[1]).toBe("nuc Activating");
    expect(hold(home, { host: rp3 }).last.ignored).toContain("not a host");
  });
});

describe("an approval", () => {
  const groups = [
    { name: "pis", hosts: ["rp4"], approval: "group" },
    { name: "server", hosts: ["nuc"], approval: "host" },
  ];

  it("is asked once for a group and before each host, as the plan says", () => {
    const home = new Home({ groups }).ready();
    expect(home.states).toEqual(["rp4 Staged", "nuc Staged"]);
    expect(approve(home).states[0]).toBe("rp4 Activating");
    home.succeeds(rp4);
    expect(home.paused).toEqual(["ApprovalRequired"]);
    expect(approve(home).states[1]).toBe("nuc Activating");
  });

  it("can name its group or host, and counts before its turn has come", () => {
    const home = approve(approve(new Home({ groups }).ready(), { host: nuc }), { group: "pis" });
    expect(home.succeeds(rp4).states).toEqual(["rp4 Succeeded", "nuc Activating"]);
  });

  it.each([
    ["no such group", { group: "attic" }],
    ["nobody of that name", { host: rp3 }],
  ])("of %s is ignored", (_name, fields) => {
    expect(approve(new Home({ groups }).ready(), fields).last.ignored).not.toBeNull();
  });

  it("given twice changes nothing the second time", () => {
    const home = approve(new Home({ groups }).ready(), { group: "pis" });
    expect(approve(home, { group: "pis" }).last.ignored).toContain("already");
    approve(home, { host: nuc });
    expect(approve(home, { host: nuc }).last.ignored).toContain("already");
    expect(approve(home, { host: null }).last.ignored).toContain("no approval");
  });

  it("without a rollout is ignored, and of a host that is done", () => {
    expect(approve(new Home()).last.ignored).toContain("no rollout");
    const home = new Home().ready().succeeds(rp4);
    expect(approve(home, { host: rp4 }).last.ignored).toContain("no approval");
  });
});

describe("an approval that a group waits for", () => {
  const groups = [
    { name: "laptops", hosts: [{ host: "x1", optional: true }] },
    { name: "server", hosts: ["nuc"], approval: "group" },
  ];
  const asks = (home: Home) => home.state.rollout?.paused.map(({ why }) => why);
  const UNAPPROVED = [{ code: "group-unapproved", group: "server" }];
  const waiting = (plan: object = {}): Home =>
    new Home({ groups, ...plan }).here(nuc).offer(7).staged(nuc);

  it("keeps no optional host of an earlier group waiting that comes late", () => {
    const home = waiting();
    expect([home.states, asks(home)]).toEqual([["x1 Queued", "nuc Staged"], UNAPPROVED]);
    home.here(x1).staged(x1);
    expect([home.states, asks(home)]).toEqual([["x1 Activating", "nuc Staged"], UNAPPROVED]);
    home.succeeds(x1);
    expect([home.states, asks(home)]).toEqual([["x1 Succeeded", "nuc Staged"], UNAPPROVED]);
    expect(approve(home).states).toEqual(["x1 Succeeded", "nuc Activating"]);
  });

  it("lets the gate and the flow say when such a host begins", () => {
    const gated = waiting({ gates: ["preflight"] })
      .here(x1)
      .staged(x1);
    expect([gated.told.at(-1), gated.states[0], asks(gated)]).toEqual([
      ...["GateAsked", "x1 Staged", UNAPPROVED],
    ]);
    const passed = { place: "preflight", verdict: "Successful", why: "" } as const;
    gated.play({ type: "GateJudged", at: gated.at, ...passed, ...gated.key(x1) });
    expect(gated.states).toEqual(["x1 Activating", "nuc Staged"]);
    const flow = waiting({ conduct: "flow" }).here(x1).staged(x1);
    flow.play({ type: "TrialAsked", at: flow.at, ...flow.key(x1) });
    expect([flow.states, asks(flow)]).toEqual([["x1 Activating", "nuc Staged"], UNAPPROVED]);
  });

  it("is still asked for while such a host keeps to its own times", () => {
    const later = { zone: "UTC", allow: [{ from: "13:00", to: "14:00" }] };
    const home = waiting({ groups: [{ ...groups[0], windows: later }, groups[1]] });
    home.here(x1).staged(x1);
    expect([home.states[0], asks(home)]).toEqual(["x1 Staged", UNAPPROVED]);
    expect(home.wait(60).states).toEqual(["x1 Activating", "nuc Staged"]);
  });
});

describe("skip, retry, keep and deploy", () => {
  it("skip lets a host go that has not begun, also one that others wait for", () => {
    const hosts = ["rp4", { host: "nuc", after: ["rp4"] }];
    const home = hold(new Home({ hosts }).here(rp4, nuc)).offer(7).staged(rp4, nuc);
    home.play({ type: "SkipAsked", at: home.at, by, host: rp4 });
    expect(home.states).toEqual(["rp4 Skipped", "nuc Staged"]);
    expect(release(home).states[1]).toBe("nuc Activating");
    home.play({ type: "SkipAsked", at: home.at, by, host: nuc });
    expect(home.last.ignored).toContain("nothing to skip");
    home.play({ type: "SkipAsked", at: home.at, by, host: rp3 });
    expect(home.last.ignored).toContain("not part");
  });

  it("skip of a failed host frees those who wait for it", () => {
    const hosts = ["rp4", { host: "nuc", after: ["rp4"] }];
    const home = new Home({ hosts }).ready().ended(rp4, "failed");
    home.play({ type: "SkipAsked", at: home.at, by, host: rp4 });
    expect(home.states[1]).toBe("nuc Activating");
    home.play({ type: "SkipAsked", at: home.at, by, host: rp4 });
    expect(home.last.ignored).not.toBeNull();
  });

  it("retry opens a stopped rollout again for all that did not get through", () => {
    const home = new Home({ onFailure: "stop" }).ready().ended(rp4, "failed");
    home.play({ type: "RetryAsked", at: home.at, by, host: null });
    expect(home.states).toEqual(["rp4 Staging", "nuc Staging"]);
    expect(home.state.rollout).toMatchObject({ phase: "Progressing", run: 2, completion: null });
    home.staged(rp4, nuc).succeeds(rp4, nuc);
    expect(home.state.rollout?.completion).toBe("Promoted");
  });

  it("retry waits for a host that is away", () => {
    const home = new Home().ready().ended(rp4, "failed").gone(rp4);
    home.play({ type: "RetryAsked", at: home.at, by, host: rp4 });
    expect(home.states[0]).toBe("rp4 Queued");
  });

  it("retry of a host that was skipped works by its name only", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    home.play({ type: "SkipAsked", at: home.at, by, host: rp4 });
    home.play({ type: "RetryAsked", at: home.at, by, host: null });
    expect(home.last.ignored).toContain("nothing to repeat");
    home.play({ type: "RetryAsked", at: home.at, by, host: rp4 });
    expect(home.states[0]).toBe("rp4 Staging");
  });

  it.each([
    ["nothing was rolled out", new Home()],
    ["a newer release waits", new Home().ready().ended(rp4, "failed").offer(8)],
    [
      "the rollout is being stopped",
      new Home({ onFailure: "stop" })
        .ready()
        .play({ type: "AbortAsked", at: new Home().at, by, scope: "failed" }),
    ],
    ["it runs", new Home().ready()],
  ])("retry is ignored while %s", (_name, home) => {
    home.play({ type: "RetryAsked", at: home.at, by, host: nuc });
    expect(home.last.ignored).not.toBeNull();
  });

  it("retry only unlocks a host where there is nothing to repeat", () => {
    const home = new Home({ onFailure: "stop", settle: "10m" }).here(rp4, nuc).offer(7).wait(10);
    home.staged(rp4, nuc).ended(rp4, "inconsistent").offer(8);
    home.play({ type: "RetryAsked", at: home.at, by, host: rp4 });
    expect(home.last.ignored).toBeNull();
    expect(home.wait(10).states[0]).toBe("rp4 Staging");
  });

  it("keep is for a host in its soak", () => {
    const home = new Home({ soak: "5m" }).ready();
    const keep = (host = rp4): Home => home.play({ type: "PromoteAsked", at: home.at, by, host });
    expect(keep().last.ignored).toContain("Activating");
    home.inTrial(rp4);
    expect(keep().states[0]).toBe("rp4 Committing");
    expect(keep(rp3).last.ignored).toContain("not part");
  });

  it("deploy is ignored where nothing waits, and can still spare the soak", () => {
    const home = new Home({ soak: "5m" });
    const deploy = (now: boolean): Home => home.play({ type: "DeployAsked", at: home.at, by, now });
    expect(deploy(false).last.ignored).toContain("no release");
    home.ready();
    expect(deploy(false).last.ignored).toContain("already");
    expect(deploy(true).inTrial(rp4).states[0]).toBe("rp4 Committing");
    expect(deploy(true).last.ignored).toContain("already");
  });
});
