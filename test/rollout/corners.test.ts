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
