import { describe, expect, it } from "vitest";
import type { HostName } from "../../src/contract/index.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, pathFor } from "../support/contract-builders.ts";
import { act } from "./deeds.ts";
import { parseGatePlan } from "./gate-door.ts";
import type { Home } from "./home.ts";
import { CARRIER } from "./hub-world.ts";
import { changedIn, newHome, PLAN, pushTo, rp4, x1 } from "./scene.ts";

/** The bath must not stay damp, the kitchen must stay warm; a soak of ten minutes, an hour and a half to pass it. */
const AIR = parseGatePlan({
  rows: [
    {
      ...{ name: "bath", topics: ["tele/bath/SENSOR"], path: "AM2301.Humidity" },
      ...{ is: "below", limit: 75, interval: "1m", expireAfter: "3m" },
    },
    {
      ...{ name: "kitchen", topics: ["tele/kitchen/SENSOR"], path: "AM2301.Temperature" },
      ...{ is: "above", limit: 18, interval: "1m", expireAfter: "3m" },
    },
  ],
  // A value that swings is neither good nor bad; one that stays away is bad after five readings.
  ...{ soak: "10m", initialDelay: "10s", timeout: "90m", failureCount: 5, failureWindow: 5 },
});

/** From the activation to the old system: five readings, and the way back. */
const FOUND_OUT_MS = 15 * MINUTE_MS;
const SHOWER_MS = 20 * MINUTE_MS;

/** Begins a trial on rp4 with the given air from its activation on. @returns when it began */
function trial(home: Home, air: (room: string, sinceMs: number) => Partial<Air>): number {
  pushTo(home, [rp4]);
  while (home.host(rp4).phase !== "in-trial") home.run(1_000);
  const since = home.clock.now;
  home.house.air = (room, at) => ({ warmer: 0, damper: 0, ...air(room, at - since) });
  return since;
}
type Air = ReturnType<Home["house"]["air"]>;

const watching = (): Home => newHome({ ...PLAN, lease: "2h", gates: ["soak"] }, { gatePlan: AIR });

/** It swings over the limit and back each minute, as long as somebody showers. */
const shower = (room: string, sinceMs: number): Partial<Air> =>
  room === "bath" && sinceMs < SHOWER_MS
    ? { damper: Math.floor(sinceMs / MINUTE_MS) % 2 === 0 ? 40 : 10 }
    : {};

/** Four degrees in an hour, as long as the updated heating controller runs. */
const slowlyColder =
  (home: Home, old: string) =>
  (room: string, sinceMs: number): Partial<Air> =>
    room === "kitchen" && home.host(rp4).current !== old
      ? { warmer: (-4 * Math.max(0, sinceMs)) / HOUR_MS }
      : {};

describe("the nastiest days: what the sensors say", () => {
  it("somebody showers during the soak: the swinging value is waited out, nothing is rolled back", () => {
    const home = watching();
    const began = trial(home, shower);
    while (home.host(rp4).phase === "in-trial") home.run(MINUTE_MS);
    expect(home.clock.now - began).toBeGreaterThan(SHOWER_MS);
    home.run(HOUR_MS);
    expect(changedIn(home)).toEqual(["rp4 Succeeded"]);
  });

  it.each([
    ["at noon", 0, 0],
    ["a day later", DAY_MS, 0],
    ["with a hub whose clock jumps", 0, 40 * MINUTE_MS],
  ])(
    "the controller lets the kitchen cool by four degrees an hour (%s): never kept while it is cold",
    (_when, laterMs, jumpMs) => {
      const home = watching();
      home.run(laterMs);
      const old = home.host(rp4).current;
      // Cold from the first minute that counts, so that no soak passes before it shows
      const cooling = slowlyColder(home, old);
      trial(home, (room, sinceMs) => cooling(room, sinceMs + 50 * MINUTE_MS));
      home.run(3 * MINUTE_MS);
      if (jumpMs > 0) home.setClock("hub", jumpMs, true);
      home.run(FOUND_OUT_MS);
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
    while (home.host(rp4).phase !== "in-trial") home.run(1_000);
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
