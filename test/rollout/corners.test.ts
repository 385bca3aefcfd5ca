import { describe, expect, it } from "vitest";
import { entriesOf, parseState, type RolloutEvent } from "../../src/rollout/index.ts";
import { by, Home, nuc, pathOf, release, rp3, rp4, sessionOf, wall, x1 } from "./scenes.ts";

describe("hosts that wait for each other", () => {
  it("are both left out when neither was there, each once", () => {
    const hosts = [
      "rp4",
      { host: "x1", optional: true },
      { host: "rp3", optional: true, after: ["x1"] },
    ];
    const home = new Home({ hosts }).here(rp4).offer(7).staged(rp4).succeeds(rp4);
    expect(home.states).toEqual(["rp4 Succeeded", "x1 Deferred", "rp3 Deferred"]);
    expect(home.told.filter((one) => one === "HostEnded")).toHaveLength(3);
  });

  it("a host found in trial goes on, even if the one it waits for went away", () => {
    const hosts = ["rp4", { host: "nuc", after: ["rp4"] }];
    const home = new Home({ hosts, lease: "3h" }).here(nuc).offer(7).inTrial(nuc).wait(120);
    expect(home.states).toEqual(["rp4 Deferred", "nuc Committing"]);
    const silent = new Home({ hosts, lease: "10m" }).here(nuc).offer(7).inTrial(nuc).wait(100);
    expect(silent.wait(20).states).toEqual(["rp4 Deferred", "nuc Unknown"]);
  });

  it("that are not part of a release, or have ended before, are left as they are", () => {
    const hosts = ["rp4", { host: "nuc", after: ["rp4"] }, { host: "rp3", after: ["rp4"] }];
    const home = new Home({ hosts }).here(rp4, nuc, rp3).offer(7, [rp4, nuc]);
    home.play({ type: "SkipAsked", at: home.at, by, host: nuc }).staged(rp4).succeeds(rp4);
    expect(home.states).toEqual(["rp4 Succeeded", "nuc Skipped"]);
    expect(home.state.rollout?.completion).toBe("PartiallyPromoted");
  });
});

describe("a large fleet", () => {
  it("returns in reverse order, wherever its hosts are", () => {
    const hosts = Array.from({ length: 70 }, (_, at) => `h${at}`);
    const home = new Home({ groups: [{ name: "all", hosts, parallel: 70 }] });
    const all = home.hosts;
    home.ready().succeeds(...all);
    home
      .offer(8)
      .staged(...all)
      .succeeds(...all.slice(0, 40));
    home.play({ type: "AbortAsked", at: home.at, by, scope: "all" });
    for (const host of all.slice(40)) home.ended(host, "rolled-back");
    home.orders;
    home.staged(...all.slice(0, 40));
    expect(home.orders).toEqual(["h39 trial back"]);
    home.succeeds(...all.slice(0, 40).toReversed());
    expect(home.state.rollout?.completion).toBe("RolledBack");
    expect(parseState(JSON.parse(JSON.stringify(home.state)))).toEqual(home.state);
  });

  it("changes one host without touching the others", () => {
    const home = new Home({ hosts: Array.from({ length: 70 }, (_, at) => `h${at}`) });
    const before = home.state.hosts;
    home.here(home.hosts[69] as typeof rp4);
    const after = home.state.hosts;
    expect(after.root.kids.slice(0, -1)).toEqual(before.root.kids.slice(0, -1));
    expect(after.root.kids.slice(0, -1).every((kid, at) => kid === before.root.kids[at])).toBe(
      true,
    );
    expect(entriesOf(after)).toHaveLength(70);
  });
});

describe("small print", () => {
  it("a fleet's hold and a host's hold are one condition", () => {
    const home = new Home({ hosts: ["rp4"] }).here(rp4);
    const hold = (source: string, host: typeof rp4 | null): Home =>
      home.play({ type: "HoldSet", at: home.at, source, host } as RolloutEvent);
    hold("wall", null);
    hold("sofa", rp4).offer(7).staged(rp4);
    expect(home.paused).toEqual(["Hold"]);
    home.play({ type: "HoldReleased", at: home.at, source: wall });
    expect(home.paused).toEqual(["Hold"]);
  });

  it("strangers, and hosts that are where they were, are no news", () => {
    const home = new Home().here(rp4);
    home.play({ type: "HostAppeared", at: home.at, host: rp3, session: sessionOf(1) });
    expect(home.last.ignored).toContain("not a host of the plan");
    home.play({ type: "HostLost", at: home.at, host: rp3, session: sessionOf(1) });
    expect(home.last.ignored).toContain("not a host of the plan");
    expect(home.says(x1).last.ignored).toContain("not a host of the plan");
    const session = home.report(rp4).session;
    home.play({ type: "HostAppeared", at: home.at, host: rp4, session });
    expect(home.last.ignored).toContain("there already");
    home.gone(rp4).gone(rp4);
    expect(home.last.ignored).toContain("away already");
  });

  it("coming back means nothing more to a host that is done or whose rollout has not begun", () => {
    const home = new Home().ready().succeeds(rp4, nuc).offer(8, [nuc]);
    home.orders;
    expect(home.here(rp4).orders).toEqual([]);
    const skipped = new Home({ start: "manual" }).offer(7).here(rp4, nuc);
    expect(skipped.orders).toEqual([]);
    skipped.play({ type: "SkipAsked", at: skipped.at, by, host: rp4 });
    skipped.play({ type: "DeployAsked", at: skipped.at, by, now: false });
    expect(skipped.orders).toEqual(["nuc stage"]);
    expect(skipped.here(rp4).orders).toEqual([]);
  });

  it("an order that a host has answered to the end is not given again when it comes back", () => {
    const home = new Home().ready().ended(rp4, "failed").here(rp4);
    expect(home.orders.filter((one) => one === "rp4 trial")).toHaveLength(1);
  });

  it("only a host at rest can have drifted", () => {
    const home = new Home().ready().succeeds(rp4, nuc).offer(8, [nuc]).staged(nuc);
    home.says(rp4, { rollout: null, current: pathOf(rp4, 7) });
    home.says(nuc, { current: pathOf(nuc, 3) });
    expect(home.told).not.toContain("DriftSeen");
    expect(home.says(rp4, { rollout: null, current: null }).told).toContain("DriftSeen");
  });

  it("a host says again and again that it is in trial while it is being kept", () => {
    const home = new Home().ready().inTrial(rp4).inTrial(rp4);
    expect(home.orders.filter((one) => one === "rp4 commit")).toHaveLength(1);
  });

  it("a refusal of something else is heard before anything was ordered", () => {
    const home = new Home({ start: "manual" }).here(rp4, nuc).offer(7);
    const refusal = { code: "wrong-host", message: "", counter: 1, at: home.at };
    expect(home.says(rp4, { refusal }).states[0]).toBe("rp4 Queued");
  });

  it("each hold grows old by itself", () => {
    const home = new Home();
    const hold = (source: string): Home =>
      home.play({
        ...{ type: "HoldSet", at: home.at, source, host: null, duration: null },
      } as unknown as RolloutEvent);
    hold("wall").wait(120);
    hold("sofa").wait(120);
    expect(home.last.effects).toMatchObject([{ type: "HoldIsOld", source: "wall" }]);
  });

  it("a report heard twice is heard once", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    const report = home.report(rp4, { phase: "staged" });
    const event: RolloutEvent = { type: "HostReported", at: home.at, live: true, report };
    const { state } = home.play(event);
    home.play(event);
    expect(home.last.ignored).toContain("has said this before");
    expect(home.state).toBe(state);
  });

  it("staging twice and a trial of another path move nobody", () => {
    const home = new Home()
      .ready()
      .staged(rp4)
      .inTrial(rp4, { current: pathOf(rp4, 3) });
    expect(home.states[0]).toBe("rp4 Activating");
  });

  it("a stored release with older statements of some hosts is read back", () => {
    const home = new Home({ settle: "5m" });
    const { hosts, ...rest } = release(9, [rp4, nuc]);
    const carried = hosts.map(({ host, target, statement }, at) =>
      at === 0 ? { host, target, statement, serial: 7 as never } : { host, target, statement },
    );
    home.play({ type: "ReleaseVerified", at: home.at, release: { ...rest, hosts: carried } });
    expect(parseState(JSON.parse(JSON.stringify(home.state)))).toEqual(home.state);
    expect(home.state.hosts.root.entries.map(({ offered }) => offered?.serial)).toEqual([7, 9]);
  });
});
