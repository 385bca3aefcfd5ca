import { describe, expect, it } from "vitest";
import type { HostName } from "../../src/contract/index.ts";
import { HOUR_MS, MINUTE_MS, pathFor } from "../support/contract-builders.ts";
import { act } from "./deeds.ts";
import { Home } from "./home.ts";
import type { HostMachine } from "./host-machine.ts";
import { EASY, type HostRules, limitsFrom, NO_LIMITS } from "./host-rules.ts";
import { CARRIER } from "./hub-world.ts";
import { lookedAtNothing } from "./looked.ts";
import { changedIn, PLAN, pushTo, rp4, runToTrial, x1 } from "./scene.ts";
import { makeStory, STRICT_TURMOIL } from "./story.ts";
import { tellStory } from "./tell-story.ts";
import { GuardWatch } from "./watch-guards.ts";

/** It begins at noon; no host has rules but this one. */
function homeWith(host: HostName, rules: HostRules): Home {
  const home = new Home({
    seed: 1,
    hosts: [rp4, x1, CARRIER],
    plan: PLAN,
    rules: { [host]: rules },
  });
  home.run(MINUTE_MS);
  return home;
}
const waitsFor = (home: Home, host: HostName): string | undefined =>
  home.host(host).disk.report?.waiting?.code;
const kept = (home: Home, host: HostName): number => home.host(host).disk.journal.committed.length;

const refusalOf = (home: Home, host: HostName) =>
  home.host(host).disk.journal.closed.at(-1)?.outcome.reason;

describe("a host with rules of its own", () => {
  it("waits for its window, says until when, and ends in it what it began even when the window closes", () => {
    const home = homeWith(rp4, { guards: { window: [{ from: "14:00", to: "14:02" }] } });
    pushTo(home, [rp4]);
    home.run(HOUR_MS);
    expect(waitsFor(home, rp4)).toBe("outside-window");
    expect(home.host(rp4).disk.report?.waiting?.until).toBe(home.start + 2 * HOUR_MS);
    expect(home.host(rp4).current).toBe(pathFor("rp4 first"));
    runToTrial(home);
    home.run(MINUTE_MS);
    expect(home.clock.now).toBeGreaterThan(home.start + 2 * HOUR_MS);
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Succeeded"]);
  });

  it("waits until its minimum interval has passed before it tries the next", () => {
    const home = homeWith(rp4, { guards: { minInterval: "6h" } });
    pushTo(home, [rp4]);
    home.run(HOUR_MS);
    pushTo(home, [rp4]);
    home.run(4 * HOUR_MS);
    expect([kept(home, rp4), waitsFor(home, rp4)]).toEqual([1, "trial-too-soon"]);
    home.run(2 * HOUR_MS);
    expect(kept(home, rp4)).toBe(2);
  });

  it("tries no more often in a day than it may", () => {
    const home = homeWith(rp4, { guards: { maxPerDay: 2 } });
    for (let release = 0; release < 3; release++) {
      pushTo(home, [rp4]);
      home.run(2 * HOUR_MS);
    }
    expect([kept(home, rp4), waitsFor(home, rp4)]).toEqual([2, "trials-used-up"]);
    home.run(20 * HOUR_MS);
    expect(kept(home, rp4)).toBe(3);
  });

  it.each([
    ["on a metered link", { isMetered: true }, "link-metered"],
    ["on a low battery", { batteryPercent: 20 }, "battery-low"],
    ["while it asks not to be disturbed", { sleepInhibitor: "a film" }, "sleep-inhibited"],
  ])("that is a laptop is left alone %s, and goes on afterwards", (_, mood, code) => {
    const home = homeWith(x1, { guards: { laptop: true } });
    act(home, { do: "mood", host: x1, mood, later: false, forMs: HOUR_MS });
    pushTo(home, [x1]);
    home.run(30 * MINUTE_MS);
    expect(waitsFor(home, x1)).toBe(code);
    expect(home.host(x1).current).toBe(pathFor("x1 first"));
    home.run(2 * HOUR_MS);
    expect(changedIn(home)).toEqual(["x1 Succeeded"]);
  });

  it("that is a laptop is left alone for as long as its person said later", () => {
    const home = homeWith(x1, { guards: { laptop: true } });
    act(home, { do: "mood", host: x1, mood: {}, later: true, forMs: 3 * HOUR_MS });
    pushTo(home, [x1]);
    home.run(2 * HOUR_MS);
    expect([kept(home, x1), waitsFor(home, x1)]).toEqual([0, "person-said-later"]);
    home.run(2 * HOUR_MS);
    expect(kept(home, x1)).toBe(1);
  });

  it("that has another deploy agent enabled refuses a trial for that reason, nothing is changed, and the rest waits for a person", () => {
    const home = homeWith(rp4, {});
    act(home, { do: "other-agent", host: rp4, forMs: HOUR_MS });
    pushTo(home, [rp4, CARRIER]);
    home.run(30 * MINUTE_MS);
    expect(changedIn(home)).toEqual(["rp4 Rejected", "nuc Staged"]);
    expect(refusalOf(home, rp4)).toBe("other-deploy-agent");
    expect(home.host(rp4).current).toBe(pathFor("rp4 first"));
    home.run(HOUR_MS);
    home.hub.tell((at) => ({ type: "RetryAsked", at, by: "ann", host: rp4 }));
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Succeeded", "nuc Succeeded"]);
  });

  it("that only observes says what it would have done, nothing is changed on it, and nobody waits for it", () => {
    const home = homeWith(rp4, {});
    act(home, { do: "observe", host: rp4, forMs: HOUR_MS });
    pushTo(home, [rp4, CARRIER]);
    home.run(30 * MINUTE_MS);
    expect(changedIn(home)).toEqual(["rp4 Skipped", "nuc Succeeded"]);
    expect(refusalOf(home, rp4)).toBe("observe-mode");
    expect(home.host(rp4).current).toBe(pathFor("rp4 first"));
  });

  it("that begins to observe in the middle of a trial keeps it or leaves it all the same", () => {
    const home = homeWith(rp4, {});
    pushTo(home, [rp4]);
    runToTrial(home);
    act(home, { do: "observe", host: rp4, forMs: 2 * HOUR_MS });
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Succeeded"]);
  });
});

describe("homes in turmoil whose hosts have rules", () => {
  it.each([1, 2])("keep every rule in half a day (seed %i)", (seed) => {
    const { violation, looked } = tellStory(makeStory(seed, 0.5, STRICT_TURMOIL));
    expect(violation).toBeNull();
    expect(Math.min(looked.guarded, looked.trials)).toBeGreaterThan(1);
  });
});

describe("what watches the rules of a host", () => {
  const machine = (what: object): HostMachine =>
    ({
      ...{
        name: rp4,
        now: Date.UTC(2026, 6, 13, 12),
        bootMs: 0,
        limits: NO_LIMITS,
        otherAgents: [],
      },
      ...{ mood: EASY, ...what },
    }) as unknown as HostMachine;
  const guarded = (guards: object) => ({ limits: limitsFrom({ guards }) });

  it.each<readonly [string, object, "trial" | "pull"]>([
    [
      "pulls over a metered link",
      { ...guarded({ laptop: true }), mood: { ...EASY, isMetered: true } },
      "pull",
    ],
    ["only observes", { limits: limitsFrom({ mode: "observe" }) }, "trial"],
    ["beside another agent", { otherAgents: ["comin.service"] }, "trial"],
    ["outside of its window", guarded({ window: [{ from: "12:01", to: "12:00" }] }), "trial"],
    [
      "outside of its window",
      guarded({ window: [{ days: ["tue"], from: "12:00", to: "11:00" }] }),
      "trial",
    ],
    [
      "on a low battery",
      { ...guarded({ laptop: true }), mood: { ...EASY, batteryPercent: 29 } },
      "trial",
    ],
    [
      "not to be disturbed",
      { ...guarded({ laptop: true }), mood: { ...EASY, sleepInhibitor: "x" } },
      "trial",
    ],
    [
      "somebody said later",
      { ...guarded({ laptop: true }), mood: { ...EASY, laterUntilBootMs: 1 } },
      "trial",
    ],
  ])("says so when one %s", (words, what, begins) => {
    expect(() => new GuardWatch(lookedAtNothing()).begins(machine(what), begins)).toThrow(words);
  });

  it.each([
    ["too soon", { minInterval: "1h" }],
    ["more trials in a day", { maxPerDay: 1 }],
  ])("says so when the second comes %s", (words, guards) => {
    const watch = new GuardWatch(lookedAtNothing());
    watch.begins(machine(guarded(guards)), "trial");
    expect(() => watch.begins(machine(guarded(guards)), "trial")).toThrow(words);
    const later = { ...guarded(guards), now: Date.UTC(2026, 6, 15) };
    expect(() => watch.begins(machine(later), "trial")).not.toThrow();
  });

  it("finds nothing wrong with what is allowed", () => {
    const looked = lookedAtNothing();
    const watch = new GuardWatch(looked);
    const night = guarded({
      window: [{ days: ["sun"], from: "13:00", to: "12:30" }],
      laptop: true,
    });
    for (const begins of ["pull", "trial"] as const) watch.begins(machine(night), begins);
    expect(looked.guarded).toBe(2);
  });
});
