import { describe, expect, it } from "vitest";
import type { HostName } from "../../src/contract/index.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, pathFor } from "../support/contract-builders.ts";
import { act } from "./deeds.ts";
import { parseGatePlan } from "./gate-door.ts";
import type { Home } from "./home.ts";
import { CARRIER } from "./hub-world.ts";
import { changedIn, newHome, PLAN, pushTo, rp4, runToTrial, runUntil, x1 } from "./scene.ts";

/**
 * The bath must not stay damp; the kitchen must not cool by more than a degree beside the attic, which nobody heats.
 * A soak of an hour, three to pass it.
 */
const AIR = parseGatePlan({
  rows: [
    {
      ...{ name: "bath", topics: ["tele/bath/SENSOR"], path: "AM2301.Humidity" },
      ...{ is: "below", limit: 75, interval: "1m", expireAfter: "3m" },
    },
    {
      ...{ name: "kitchen", topics: ["tele/kitchen/SENSOR"], path: "AM2301.Temperature" },
      ...{ is: "steady", allowedDecrease: 1, interval: "1m", expireAfter: "3m" },
      control: { topics: ["tele/attic/SENSOR"], path: "AM2301.Temperature" },
    },
  ],
  // A value that swings is neither good nor bad; one that stays away is bad after five readings.
  ...{ soak: "1h", initialDelay: "10s", timeout: "3h", failureCount: 5, failureWindow: 5 },
});

/** Four degrees an hour are one and all the noise of two sensors after half an hour, and five readings. */
const FOUND_OUT_MS = 45 * MINUTE_MS;
const SHOWER_MS = 20 * MINUTE_MS;

/** Begins a trial on rp4 with the given air from its activation on. @returns when it began */
function trial(home: Home, air: (room: string, sinceMs: number) => Partial<Air>): number {
  pushTo(home, [rp4]);
  runToTrial(home);
  const since = home.clock.now;
  home.house.air = (room, at) => ({ warmer: 0, damper: 0, ...air(room, at - since) });
  return since;
}
type Air = ReturnType<Home["house"]["air"]>;

/** Long enough for what a room was like before. */
function watching(): Home {
  const home = newHome({ ...PLAN, lease: "2h", gates: ["soak"] }, { gatePlan: AIR });
  home.run(30 * MINUTE_MS);
  return home;
}

/** It swings over the limit and back each minute, as long as somebody showers. */
const shower = (room: string, sinceMs: number): Partial<Air> =>
  room === "bath" && sinceMs < SHOWER_MS
    ? { damper: Math.floor(sinceMs / MINUTE_MS) % 2 === 0 ? 40 : 10 }
    : {};

/** From what it was when the trial began. */
const cooling = (sinceMs: number): Partial<Air> => ({
  warmer: (-4 * Math.max(0, sinceMs)) / HOUR_MS,
});

describe("the nastiest days: what the sensors say", () => {
  it("somebody showers during the soak: the swinging value is waited out, nothing is rolled back", () => {
    const home = watching();
    const began = trial(home, shower);
    runUntil(home, () => home.host(rp4).phase !== "in-trial", MINUTE_MS);
    expect(home.clock.now - began).toBeGreaterThan(SHOWER_MS);
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Succeeded"]);
  });

  it("a cold night cools every room alike: that is no host's doing, nothing is rolled back", () => {
    const home = watching();
    trial(home, (_room, sinceMs) => cooling(sinceMs));
    home.run(3 * HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Succeeded"]);
  });

  it.each([
    ["at noon", 0, 0],
    ["a day later", DAY_MS, 0],
    ["with a hub whose clock jumps ahead", 0, 40 * MINUTE_MS],
    ["with a hub whose clock jumps back", 0, -10 * MINUTE_MS],
  ])(
    "the updated controller lets the kitchen cool, slowly and from the first minute of its trial (%s): found out within the hour",
    (_when, laterMs, jumpMs) => {
      const home = watching();
      home.run(laterMs);
      const old = home.host(rp4).current;
      const isTried = (): boolean => home.host(rp4).current !== old;
      trial(home, (room, sinceMs) => (room === "kitchen" && isTried() ? cooling(sinceMs) : {}));
      home.run(3 * MINUTE_MS);
      if (jumpMs !== 0) home.setClock("hub", jumpMs, true);
      home.run(10 * MINUTE_MS);
      expect(home.host(rp4).phase).toBe("in-trial"); // still within what the house is allowed
      home.run(FOUND_OUT_MS - 13 * MINUTE_MS);
      expect(home.host(rp4).current).toBe(old);
      home.run(HOUR_MS);
      expect(changedIn(home)).toEqual(["rp4 RolledBack"]);
    },
  );
});

describe("the nastiest days: overtaken on the way", () => {
  it("a release is in trial when the one before the last comes back under a new serial: hosts on it have nothing to do", () => {
    const home = newHome();
    const first = new Map([rp4, x1, CARRIER].map((host) => [host, home.host(host).current]));
    pushTo(home, [rp4, CARRIER]);
    runToTrial(home);
    const push = { title: "revert", changed: [] as HostName[], fates: {}, goesBack: true };
    act(home, { do: "push", push });
    home.run(3 * HOUR_MS);
    const { hosts } = home.hub.state.rollout ? home.hub.state : { hosts: null };
    expect(hosts).not.toBeNull();
    // rp4 ended its trial first and went back after it; the server never ran what was overtaken
    expect(home.host(rp4).current).toBe(first.get(rp4));
    expect(home.host(CARRIER).disk.journal.committed).toHaveLength(0);
    expect(home.host(CARRIER).current).toBe(pathFor("nuc first"));
    expect(changedIn(home)).toEqual(["rp4 Succeeded"]);
    expect(home.host(rp4).disk.journal.committed).toHaveLength(2);
  });
});
