import { describe, expect, test } from "vitest";
import { CHECKS } from "../../src/cli/doctor/checks.ts";
import { examine } from "../../src/cli/doctor/examine.ts";
import { type Facts, known } from "../../src/cli/doctor/facts.ts";
import { at, DAY_MS, HOUR_MS, HUB } from "../support/contract-builders.ts";
import {
  DASH,
  NOBODY,
  nuc,
  OTHER_HUB,
  paused,
  releasing,
  rp4,
  saying,
  telling,
  WELL,
} from "./doctor-homes.ts";
import { TROUBLES_AT_HOME } from "./doctor-troubles-at-home.ts";
import { TROUBLES_OF_HOSTS } from "./doctor-troubles-of-hosts.ts";

const said = (id: string, facts: Facts) => {
  const check = CHECKS.find((one) => one.id === id);
  if (!check) throw new Error(`there is no check ${id}`);
  return check.look(facts);
};

const WRONG = [...TROUBLES_AT_HOME, ...TROUBLES_OF_HOSTS];

/** What nobody could look at. */
const BLIND: readonly [id: string, change: Partial<Facts>][] = [
  ["acl-too-open", { stranger: NOBODY }],
  ["acl-too-open", { stranger: known({ isAdmitted: true, reads: [], writesOrders: null }) }],
  ["acl-too-tight", { reports: NOBODY }],
  ["acl-too-tight", { reports: known([]), presences: known([]) }],
  ["retained-lost", { statements: NOBODY }],
  ["retained-lost", { reports: known([]) }],
  ["base-topic", { reports: known([saying()]) }],
  ["base-topic", { flow: NOBODY, statements: NOBODY }],
  ["unreadable", { reports: NOBODY }],
  ["clock", { isClockSynchronised: null }],
  ["clock", { reports: known([]), rollout: known(null) }],
  ["hub-away", { hub: NOBODY }],
  ["hold-forgotten", { holds: NOBODY }],
  ["hold-forgotten", { holds: known([DASH]) }],
  ["sensor-silent", { sensors: NOBODY }],
  ["sensor-silent", { sensors: known([{ topic: "t", expiresMs: HOUR_MS, heard: "never" }]) }],
  ["sensor-silent", { sensors: known([{ topic: "t", expiresMs: 1000, heard: "refused" }]) }],
  ["web-away", { webs: NOBODY }],
  [
    "web-away",
    { webs: known([{ address: "https://x", failure: "it answered 404", isBarred: true }]) },
  ],
  ["flow-invalid", { flow: NOBODY }],
  ["release-key", { statements: known(null) }],
  ["release-key", releasing({ fault: NOBODY })],
  ["hub-key", { orders: known([]) }],
  ["hub-key", { orders: known([{ host: rp4, hub: HUB, isSigned: NOBODY }]) }],
  ["two-hubs", { hub: NOBODY }],
  ["two-hubs", { orders: NOBODY }],
  ["statement-expired", { statements: known(null) }],
  ["ratchet-ahead", { reports: NOBODY }],
  ["offline-long", { presences: known([]) }],
  ["offline-long", { reports: known([]), presences: known([{ host: rp4, isOnline: false }]) }],
  ["never-reported", { flow: NOBODY, statements: known(null) }],
  ...["cache", "two-agents", "wire-too-far", "agent-old", "locked", "reboot", "disk-full"].map(
    (id) => [id, { reports: known([]) }] as [string, Partial<Facts>],
  ),
];

describe("the doctor", () => {
  test.each(CHECKS.map(({ id }) => id))("finds nothing at %s in a home that is well", (id) => {
    expect(said(id, WELL).state).toBe("ok");
  });

  test.each(WRONG)("finds by %s: %s", (id, _what, change, says) => {
    const answer = said(id, { ...WELL, ...change });
    expect([answer.state, answer.said]).toEqual(["found", expect.anything()]);
    expect([answer.said].flat().join("\n")).toContain(says);
  });

  test.each(BLIND)("says of %s that it does not know", (id, change) => {
    expect(said(id, { ...WELL, ...change }).state).toBe("unknown");
  });

  test("has a story for each check in which it finds, and one in which it does not know", () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(20);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !WRONG.some(([one]) => one === id))).toEqual([]);
    // The broker answers or not; there is nothing third.
    const blind = ids.filter((id) => !BLIND.some(([one]) => one === id));
    expect(blind).toEqual(["broker-unreachable"]);
  });

  test("takes nothing for well when the broker was not reached", () => {
    const facts: Facts = {
      ...WELL,
      ...{ stranger: NOBODY, statements: NOBODY, orders: NOBODY, reports: NOBODY },
      ...{ presences: NOBODY, hub: NOBODY, rollout: NOBODY, holds: NOBODY, sensors: NOBODY },
      ...{ flow: NOBODY, webs: NOBODY },
    };
    const states = examine(CHECKS, facts).map(({ check, answer }) => [check.id, answer.state]);
    expect(states.filter(([, state]) => state === "ok")).toEqual([["broker-unreachable", "ok"]]);
  });

  test("leaves a hold of this morning, and a hub that came back once, alone", () => {
    const held = { holds: known([DASH]), rollout: telling(paused("Hold", -3 * HOUR_MS)) };
    expect(said("hold-forgotten", { ...WELL, ...held }).state).toBe("ok");
    const back = { hub: known({ isOnline: true, births: [HUB, OTHER_HUB] }) };
    expect(said("two-hubs", { ...WELL, ...back }).state).toBe("ok");
  });

  test("does not take an old order beside a hub that a person chose for a second hub", () => {
    const orders = known([
      { host: rp4, hub: HUB, isSigned: known(true) },
      { host: nuc, hub: OTHER_HUB, isSigned: known(true) },
    ]);
    expect(said("two-hubs", { ...WELL, orders }).state).toBe("ok");
  });

  test("reads no clock from a copy that the broker has kept", () => {
    const { report, heardAt } = saying({ at: at(-9 * DAY_MS) });
    const reports = known([{ report, heardAt, isLive: false }]);
    expect(said("clock", { ...WELL, reports }).state).toBe("ok");
  });
});
