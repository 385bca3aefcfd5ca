import { describe, expect, it } from "vitest";
import type { HostName } from "../../src/contract/index.ts";
import { parseState, stepsOf } from "../../src/rollout/index.ts";
import { Home, nuc, rp4, x1 } from "./scenes.ts";

const clock = "unsynchronised";
const UNSET = { code: "clock-unset-on-host", host: rp4 } as const;
const orderOf = ({ state }: Home, host: HostName) =>
  stepsOf(state).find((one) => one.host === host)?.order?.counter ?? 0;
/** The host's own word: it holds the last order, and has accepted none since. */
const refuses = (home: Home, host: HostName, phase: "idle" | "staged" = "idle"): Home => {
  const counter = orderOf(home, host);
  const refusal = { code: "clock-unsynchronised", message: "not set", counter, at: home.at };
  return home.says(host, { phase, counter: 0, clock, refusal });
};
const whyOf = ({ state }: Home, at = 0) => stepsOf(state)[at]?.why;
const unset = (plan: object = {}): Home =>
  refuses(new Home({ hosts: ["rp4", "nuc"], ...plan }).here(rp4, nuc).offer(7), rp4);
/** Two hours on, refused all the while. */
const left = (): Home => {
  const home = unset().staged(nuc);
  for (let hour = 0; hour < 4; hour++) refuses(home.wait(30), rp4);
  return home.succeeds(nuc);
};
const isKept = (home: Home): boolean =>
  home.state.rollout?.kind === "release" && home.state.rollout.phase === "Completed";

describe("a host that fetches nothing because its clock is not set", () => {
  it("says so, until its clock is set", () => {
    const home = unset();
    expect([home.states[0], whyOf(home)]).toEqual(["rp4 Staging", UNSET]);
    expect(whyOf(home.wait(20))).toEqual(UNSET);
    expect([whyOf(home.says(rp4, { counter: 0 })), home.states[0]]).toEqual([null, "rp4 Staging"]);
  });

  it("says so until it takes the order, whatever the agent's own eyes see of the clock", () => {
    expect(whyOf(unset().says(rp4, { phase: "staging", clock }))).toBeNull();
  });

  it("has the whole time to fetch from the moment at which it may", () => {
    const home = unset().staged(nuc).wait(110).says(rp4, { counter: 0 }).wait(110);
    expect(home.states[0]).toBe("rp4 Staging");
    expect([home.wait(10).states[0], whyOf(home)]).toEqual([
      "rp4 Deferred",
      { code: "slow-fetch" },
    ]);
  });

  it("is left behind for its clock, not for slow fetching, and nobody waits longer", () => {
    const home = left();
    expect(home.states).toEqual(["rp4 Deferred", "nuc Succeeded"]);
    expect(whyOf(home)).toEqual(UNSET);
    expect(home.state.rollout?.completion).toBe("PartiallyPromoted");
  });

  it("is left behind because it was not there, when it went away", () => {
    const home = unset().staged(nuc).gone(rp4).wait(120);
    expect([home.states[0], whyOf(home)]).toEqual(["rp4 Deferred", { code: "not-there" }]);
  });

  it("is no reason for the refusal of another order or another code", () => {
    const home = new Home().here(rp4, nuc).offer(7);
    const other = { message: "", at: home.at } as const;
    home.says(rp4, {
      ...{ counter: 0, clock },
      refusal: { ...other, code: "clock-unsynchronised", counter: 1 },
    });
    home.says(nuc, {
      ...{ counter: 0, clock },
      refusal: { ...other, code: "order-stale", counter: orderOf(home, nuc) },
    });
    expect([whyOf(home), whyOf(home, 1)]).toEqual([null, null]);
    const idle = new Home().here(rp4);
    const refusal = { ...other, code: "clock-unsynchronised", counter: null };
    expect(idle.says(rp4, { clock, refusal }).state.hosts.root.entries[0]?.clockUnset).toBe(false);
  });
});

describe("a host that lost its clock after it had fetched", () => {
  it("says why it does not begin its trial, and begins once its clock is set", () => {
    const home = new Home().ready();
    expect(home.states[0]).toBe("rp4 Activating");
    refuses(home, rp4, "staged");
    expect([home.states[0], whyOf(home)]).toEqual(["rp4 Activating", UNSET]);
    expect(whyOf(home.says(rp4, { phase: "staged", counter: 0 }))).toBeNull();
    expect(home.succeeds(rp4).states[0]).toBe("rp4 Succeeded");
  });
});

describe("a host that was left behind for its clock", () => {
  it("does not catch up before its clock is set, however long that takes", () => {
    const home = left();
    home.orders;
    home.says(rp4, { rollout: null, counter: orderOf(home, rp4), clock });
    for (let hour = 0; hour < 48; hour++) home.wait(60).says(rp4, { rollout: null, clock });
    expect([isKept(home), whyOf(home)]).toEqual([true, UNSET]);
    home.gone(rp4).wait(60).here(rp4);
    expect([isKept(home), home.orders]).toEqual([true, []]);
  });

  it("catches up by itself once its clock is set", () => {
    const home = left().wait(600).says(rp4, { rollout: null });
    expect(home.state.rollout).toMatchObject({ kind: "catch-up", serial: 7 });
    expect(home.staged(rp4).succeeds(rp4).states).toEqual(["rp4 Succeeded"]);
  });

  it("is asked at once by the next release, and known to hold until it takes it", () => {
    const home = left().offer(8);
    expect([home.states[0], whyOf(home)]).toEqual(["rp4 Staging", UNSET]);
    home.staged(rp4, nuc);
    expect([home.states[0], whyOf(home)]).toEqual(["rp4 Activating", null]);
  });

  it("keeps those who wait for it from catching up alone", () => {
    const plan = { hosts: ["rp4", { host: "x1", after: ["rp4"] }] };
    const home = refuses(new Home(plan).here(rp4, x1).offer(7), rp4).staged(x1).wait(120);
    expect(home.states).toEqual(["rp4 Deferred", "x1 Deferred"]);
    expect(isKept(home.wait(600))).toBe(true);
    home.says(rp4, { rollout: null });
    expect(home.states).toEqual(["rp4 Staging", "x1 Staging"]);
  });

  it("is known to a hub that starts anew", () => {
    const home = left();
    home.state = parseState(JSON.parse(JSON.stringify(home.state)));
    expect(isKept(home.wait(600))).toBe(true);
  });
});

describe("a host that never came", () => {
  it("was not there; it did not fetch too long", () => {
    const home = new Home().here(nuc).offer(7).staged(nuc).wait(120);
    expect([home.states[0], whyOf(home)]).toEqual(["rp4 Deferred", { code: "not-there" }]);
  });
});

describe("a state of version 3, in which nothing was known of the hosts' clocks", () => {
  it("is read, and goes on where it was", () => {
    const home = new Home().ready();
    const json = JSON.parse(JSON.stringify(home.state));
    for (const entry of json.hosts.root.entries) delete entry.clockUnset;
    expect(parseState({ ...json, v: 3 })).toEqual(home.state);
  });
});
