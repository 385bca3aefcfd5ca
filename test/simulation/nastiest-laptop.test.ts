import { describe, expect, it } from "vitest";
import { HOUR_MS, pathFor } from "../support/contract-builders.ts";
import { act } from "./deeds.ts";
import type { Home } from "./home.ts";
import { CARRIER } from "./hub-world.ts";
import { newHome, PLAN, pushTo, rp4, runToTrial, states, x1 } from "./scene.ts";

/** Nothing begins on the laptop from two to six in the morning. */
const BY_DAY = {
  ...PLAN,
  groups: [
    { name: "pis", hosts: ["rp4"] },
    {
      name: "laptop",
      hosts: [{ host: "x1", optional: true }],
      windows: { zone: "UTC", deny: [{ from: "02:00", to: "06:00" }] },
    },
    { name: "server", hosts: [{ host: "nuc", carries: ["broker", "hub"] }] },
  ],
};
const CHANGED = [rp4, x1, CARRIER];

const runUntilHour = (home: Home, hour: number): void =>
  home.run(home.start + (hour - 12) * HOUR_MS - home.clock.now);

describe("the nastiest days: the laptop comes home", () => {
  it("in the freeze of a night, while the fourth release is tried that it has missed: it waits for its window, is counted nowhere, and gets the newest alone", () => {
    const home = newHome(BY_DAY);
    act(home, { do: "sleep", host: x1, forMs: 15 * HOUR_MS }); // until three in the morning
    for (let release = 0; release < 3; release++) {
      pushTo(home, CHANGED);
      home.run(3 * HOUR_MS);
      expect(states(home)).toEqual(["rp4 Succeeded", "x1 Deferred", "nuc Succeeded"]);
    }
    runUntilHour(home, 26.98);
    pushTo(home, CHANGED);
    runToTrial(home);
    runUntilHour(home, 27.2);
    expect(home.broker.isConnected("x1")).toBe(true);
    runUntilHour(home, 29.9);
    expect(home.host(CARRIER).disk.journal.committed).toHaveLength(4);
    expect(home.host(x1).current).toBe(pathFor("x1 first"));
    expect(home.host(x1).disk.journal.closed).toEqual([]);
    runUntilHour(home, 31);
    expect(home.host(x1).disk.journal.committed.map(({ serial }) => serial)).toEqual([
      home.hub.state.newestSerial,
    ]);
  });

  it("after the release that it missed was rolled back: it gets what the others went back to, and never what they left", () => {
    const home = newHome();
    act(home, { do: "sleep", host: x1, forMs: 9 * HOUR_MS });
    pushTo(home, CHANGED);
    home.run(2 * HOUR_MS);
    const good = home.hub.state.newestSerial;
    pushTo(home, CHANGED);
    home.run(2 * HOUR_MS);
    for (const host of [rp4, CARRIER]) {
      act(home, { do: "ask", what: "rollback", host });
      home.run(HOUR_MS);
    }
    expect(home.hub.state.rollout).toMatchObject({ completion: "RolledBack" });
    home.run(4 * HOUR_MS);
    const serials = (host: typeof x1) =>
      home.host(host).disk.journal.committed.map(({ serial }) => serial);
    expect(serials(x1)).toEqual([good]);
    expect(home.host(x1).disk.journal.closed).toHaveLength(1);
  });
});
