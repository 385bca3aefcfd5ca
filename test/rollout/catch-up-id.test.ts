import { describe, expect, it } from "vitest";
import { parseState, statusOf } from "../../src/rollout/index.ts";
import { by, Home, rp4, sessionOf, x1 } from "./scenes.ts";

it("catches up under an id of its own, whose attempts no host has closed", () => {
  const home = new Home({ hosts: ["rp4", { host: "x1", optional: true }] }).here(rp4).offer(7);
  home.staged(rp4).succeeds(rp4);
  const before = home.state.rollout?.id;
  home.here(x1);
  expect(home.state.rollout).toMatchObject({ kind: "catch-up", serial: 7, run: 1 });
  expect(home.state.rollout?.id).not.toBe(before);
});

it("carries the release's title, and says that it catches up, after a stop and a retry as well", () => {
  const home = new Home({ hosts: ["rp4", { host: "x1", optional: true }] }).here(rp4).offer(7);
  home.staged(rp4).succeeds(rp4).here(x1);
  const status = () => statusOf(home.state, sessionOf(1), home.at);
  const told = { title: "nixpkgs bump", why: "hosts that were away catch up" };
  expect(status()).toMatchObject(told);
  home.staged(x1).ended(x1, "rolled-back");
  home.play({ type: "SkipAsked", at: home.at, by, host: x1 });
  expect(status()?.phase).toBe("Completed");
  home.play({ type: "RetryAsked", at: home.at, by, host: x1 });
  expect(status()).toMatchObject({ ...told, phase: "Progressing" });
});

it("missed by a host once more keeps the title", () => {
  const groups = [{ name: "all", hosts: ["rp4", { host: "x1", optional: true }] }];
  const home = new Home({ groups }).here(rp4).offer(7).staged(rp4).succeeds(rp4);
  home.here(x1).gone(x1);
  expect(home.states).toEqual(["x1 Deferred"]);
  expect(home.here(x1).state.rollout).toMatchObject({ kind: "catch-up", title: "nixpkgs bump" });
});

describe("a host that missed two releases, of which the second is rolled back", () => {
  const groups = [{ name: "all", hosts: ["rp4", { host: "x1", optional: true }] }];
  const missedTwice = (): Home => {
    const home = new Home({ groups }).here(rp4).offer(6).staged(rp4).succeeds(rp4);
    return home.offer(7).staged(rp4).succeeds(rp4);
  };
  const rolledBack = (home: Home): Home => {
    home.play({ type: "RollbackAsked", at: home.at, by, host: rp4 });
    return home.staged(rp4).succeeds(rp4);
  };

  it("catches up with the first", () => {
    const home = rolledBack(missedTwice());
    expect(home.state.rollout).toMatchObject({ serial: 7, completion: "RolledBack" });
    expect(home.here(x1).state.rollout).toMatchObject({ kind: "catch-up", serial: 6 });
  });

  it("catches up with the first also where the roll back failed: what was taken back reaches nobody later", () => {
    const home = missedTwice();
    home.play({ type: "RollbackAsked", at: home.at, by, host: rp4 });
    home.staged(rp4).inTrial(rp4).ended(rp4, "failed");
    expect(home.state.rollout).toMatchObject({ serial: 7, completion: "RollbackFailed" });
    expect(home.here(x1).state.rollout).toMatchObject({ kind: "catch-up", serial: 6 });
  });

  it("catches up with nothing where a hub of an older version noted the second alone", () => {
    const home = missedTwice();
    const json = JSON.parse(JSON.stringify(home.state));
    for (const { missed } of json.hosts.root.entries) if (missed) delete missed.before;
    home.state = parseState({ ...json, v: 4 });
    expect(rolledBack(home).here(x1).state.rollout).toMatchObject({ kind: "release", serial: 7 });
  });

  it("keeps what it missed before when it is not there for the second once more", () => {
    const home = missedTwice().here(x1).gone(x1).wait(60);
    expect(home.state.rollout).toMatchObject({ kind: "catch-up", serial: 7 });
    expect(home.state.hosts.root.entries[1]?.missed).toMatchObject({
      ...{ serial: 7, before: { serial: 6, title: "nixpkgs bump" } },
    });
  });
});
