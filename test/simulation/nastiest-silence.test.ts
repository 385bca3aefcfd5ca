import { describe, expect, it } from "vitest";
import type { HostName } from "../../src/contract/index.ts";
import { entriesOf } from "../../src/rollout/index.ts";
import { HOUR_MS, MINUTE_MS, pathFor } from "../support/contract-builders.ts";
import { act } from "./deeds.ts";
import { parseGatePlan } from "./gate-door.ts";
import type { Home, HomeParts } from "./home.ts";
import { WARM_ROOMS } from "./house.ts";
import { CARRIER } from "./hub-world.ts";
import { changedIn, newHome, PLAN, paused, pushTo, rp4, runToTrial, runUntil } from "./scene.ts";

/** Not a whole number of leases of 20 min: what ends the trial is this and nothing else. */
const MAX_TRIAL_MS = 110 * MINUTE_MS;
/** The way back, and the order's way to the host. */
const ON_THE_WAY_MS = 2 * MINUTE_MS;

/** Begins a trial on `host` in a house that was heard for a while. */
function watched(host: HostName, parts: HomeParts = {}, words?: Words): Home {
  const home = newHome({ ...PLAN, gates: ["preflight", "soak"], maxTrial: "110m" }, parts);
  if (words) home.house.words = words;
  home.run(10 * MINUTE_MS);
  pushTo(home, [host]);
  runToTrial(home, host);
  return home;
}
type Words = Home["house"]["words"];

/** It is asked about as long as a trial may last, and not a lease longer. */
function expectAskedThenReturned(home: Home): void {
  const since = home.clock.now;
  home.run(MAX_TRIAL_MS - 5 * MINUTE_MS);
  expect(paused(home)).toEqual(["InconclusiveAnalysis"]);
  expect(home.host(rp4).phase).toBe("in-trial");
  runUntil(home, () => home.host(rp4).current === pathFor("rp4 first"));
  expect(home.clock.now - since).toBeLessThan(MAX_TRIAL_MS + ON_THE_WAY_MS);
  home.run(10 * MINUTE_MS);
  expect(changedIn(home)).toEqual(["rp4 RolledBack"]);
}

/** The rooms as ESPHome says them: one number, or a word, for a whole payload. */
const PLAIN = parseGatePlan({
  ...WARM_ROOMS,
  rows: WARM_ROOMS.rows.map((row) => ({ ...row, format: "plain", path: "" })),
});
const plainly: Words = ({ Temperature }) => String(Temperature);
const tasmota = (Temperature: unknown) => (): string => JSON.stringify({ AM2301: { Temperature } });

/** The plan, how the sensors put a value, and how they say that they have none. */
const VALUELESS: readonly [string, HomeParts, Words | undefined, Words][] = [
  ["unavailable, as Tasmota", {}, undefined, tasmota("unavailable")],
  ["null, as Tasmota", {}, undefined, tasmota(null)],
  ["unavailable, and nothing else", { gatePlan: PLAIN }, plainly, () => "unavailable"],
  ["NaN, and nothing else", { gatePlan: PLAIN }, plainly, () => "NaN"],
];

describe("the nastiest days: the sensors have nothing to say", () => {
  it("batteries die in the soak of a host that carries no sensor: asked for as long as a trial may last, then returned", () => {
    const home = watched(rp4);
    for (const sensor of [0, 1]) act(home, { do: "sensor-dies", sensor, forMs: 3 * HOUR_MS });
    expectAskedThenReturned(home);
  });

  it.each(VALUELESS)(
    "all sensors say %s: that is silence, asked about where the host carries no sensor",
    (_said, parts, before, after) => {
      const home = watched(rp4, parts, before);
      home.house.words = after;
      expectAskedThenReturned(home);
    },
  );

  it.each(VALUELESS)(
    "all sensors say %s once the server that carries them was switched: that is its failure",
    (_said, parts, before, after) => {
      const home = watched(CARRIER, parts, before);
      home.house.words = after;
      home.run(30 * MINUTE_MS);
      expect(changedIn(home)).toEqual(["nuc RolledBack"]);
      expect(whyOf(home, CARRIER)).toContain("the deployed host carries it");
      expect(home.host(CARRIER).current).toBe(pathFor("nuc first"));
    },
  );
});

const whyOf = (home: Home, host: HostName): string =>
  JSON.stringify(entriesOf(home.hub.state.hosts).find((one) => one.host === host)?.step?.why);
