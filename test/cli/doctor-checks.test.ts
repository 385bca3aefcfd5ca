import { describe, expect, test } from "vitest";
import { CHECKS } from "../../src/cli/doctor/checks.ts";
import { examine } from "../../src/cli/doctor/examine.ts";
import { type Facts, known, unknown } from "../../src/cli/doctor/facts.ts";
import type { EpochMs } from "../../src/contract/index.ts";
import { at, DAY_MS, HOUR_MS, HUB, MINUTE_MS, serialAt } from "../support/contract-builders.ts";
import {
  DASH,
  nuc,
  OTHER_HUB,
  paused,
  rp4,
  STATUS,
  saying,
  telling,
  WELL,
} from "./doctor-homes.ts";

const said = (id: string, facts: Facts) => {
  const check = CHECKS.find((one) => one.id === id);
  if (!check) throw new Error(`there is no check ${id}`);
  return check.look(facts);
};

/** One host that says this beside one that is well. */
const rp4Says = (report: Parameters<typeof saying>[0]): Partial<Facts> => ({
  reports: known([saying(report), saying({ host: nuc })]),
});
const failing = (reason: string, message: string) =>
  rp4Says({ outcome: { code: "failed", reason, message } });
const released = (differences: object): Partial<Facts> => ({
  statements: known([
    {
      host: rp4,
      serial: serialAt(0),
      expires: at(90 * DAY_MS),
      fault: known(null),
      ...differences,
    },
  ]),
});
const NOBODY = unknown("nobody could look");

/** What goes wrong, and a word of what must be said of it. */
const WRONG: readonly [id: string, what: string, change: Partial<Facts>, says: string][] = [
  [
    "broker-unreachable",
    "a broker that refuses the password",
    {
      connection: {
        broker: "mqtt://nuc",
        failure: {
          code: "broker-bad-credentials",
          message: "refused the password",
          wayOut: "Check",
        },
      },
    },
    "refused the password",
  ],
  [
    "acl-too-open",
    "a stranger whose order arrives",
    { stranger: known({ isAdmitted: true, reads: [], writesOrders: true }) },
    "can write orders",
  ],
  [
    "acl-too-open",
    "a stranger who is given orders",
    { stranger: known({ isAdmitted: true, reads: ["hosts/<host>/desired"], writesOrders: null }) },
    "can read hosts/<host>/desired",
  ],
  [
    "acl-too-tight",
    "a refused topic",
    { refusedKinds: ["rollout/status"] },
    "refuses rollout/status",
  ],
  [
    "acl-too-tight",
    "hosts that are there without any report",
    { reports: known([]) },
    "no host's report",
  ],
  [
    "retained-lost",
    "a host that is online without a report",
    { reports: known([saying()]) },
    "nuc is online",
  ],
  [
    "retained-lost",
    "a release that is gone",
    { statements: known(null) },
    "releases/main is empty",
  ],
  [
    "retained-lost",
    "a rollout that nobody tells of",
    { rollout: known(null) },
    "rollout/status is empty",
  ],
  [
    "base-topic",
    "a host that speaks elsewhere",
    { foreign: [{ base: "nixwave/v2", topics: ["rp3"] }] },
    "below nixwave/v2",
  ],
  [
    "unreadable",
    "a topic with other bytes",
    { unreadable: [{ topic: "x", why: "not JSON" }] },
    "x: not JSON",
  ],
  [
    "clock",
    "this computer in 1970",
    { now: 86_400_000 as EpochMs },
    "this computer says it is 1970",
  ],
  [
    "clock",
    "this computer without synchronisation",
    { isClockSynchronised: false },
    "this computer's",
  ],
  ["clock", "a host in 1970", rp4Says({ at: 5000 as EpochMs }), "rp4's clock stands at 1970"],
  ["clock", "a host ahead", rp4Says({ at: at(HOUR_MS) }), "60 min ahead"],
  ["clock", "a host behind", rp4Says({ at: at(-HOUR_MS) }), "60 min behind"],
  ["clock", "a host that says so", rp4Says({ clock: "unsynchronised" }), "rp4 says"],
  ["clock", "a hub that says so", { rollout: telling(paused("ClockUnsynced")) }, "the hub says"],
  [
    "clock",
    "a hub ahead",
    { rollout: telling({ ...STATUS, at: at(3 * DAY_MS) }) },
    "hub's clock is 3 days",
  ],
  ["hub-away", "a hub that has gone", { hub: known({ isOnline: false, births: [] }) }, "has gone"],
  ["hub-away", "no hub ever", { hub: known(null) }, "no hub was ever here"],
  [
    "hold-forgotten",
    "a hold of three days",
    { holds: known([DASH]), rollout: telling(paused("Hold", -3 * DAY_MS)) },
    "held by dash for 3 days",
  ],
  [
    "sensor-silent",
    "a sensor without a word for longer than a gate waits",
    { sensors: known([{ topic: "tele/bath/SENSOR", expiresMs: 15 * MINUTE_MS, heard: "never" }]) },
    "tele/bath/SENSOR: nothing in 20 min",
  ],
  [
    "sensor-silent",
    "a sensor of which only a stored copy is there",
    { sensors: known([{ topic: "tele/bath/SENSOR", expiresMs: MINUTE_MS, heard: "retained" }]) },
    "nothing but a retained copy",
  ],
  [
    "flow-invalid",
    "a wire to nowhere",
    { flow: known({ file: "flows.json", hosts: [], faults: ["release r: is wired to gone"] }) },
    "is wired to gone",
  ],
  [
    "release-key",
    "a statement of another key",
    released({ fault: known("signed as ci-2") }),
    "rp4: signed as ci-2",
  ],
  [
    "hub-key",
    "an order of another key",
    { orders: known([{ host: rp4, hub: HUB, isSigned: known(false) }]) },
    "rp4: its order is not signed",
  ],
  [
    "hub-key",
    "a host that refuses its hub",
    rp4Says({
      refusal: {
        code: "signature-invalid",
        message: "trusted are hub-2",
        counter: null,
        at: at(0),
      },
    }),
    "trusted are hub-2",
  ],
  [
    "two-hubs",
    "births by turns",
    { hub: known({ isOnline: true, births: [HUB, OTHER_HUB, HUB] }) },
    "took turns",
  ],
  [
    "two-hubs",
    "a fenced hub",
    { rollout: telling(paused("Fenced")) },
    "another one orders its hosts",
  ],
  [
    "two-hubs",
    "orders of two, one of a stranger's key",
    {
      orders: known([
        { host: rp4, hub: HUB, isSigned: known(true) },
        { host: nuc, hub: OTHER_HUB, isSigned: known(false) },
      ]),
    },
    "orders of 2 hubs",
  ],
  [
    "two-hubs",
    "one counter used twice",
    rp4Says({
      refusal: { code: "order-equivocation", message: "7 twice", counter: null, at: at(0) },
    }),
    "7 twice",
  ],
  [
    "statement-expired",
    "yesterday's last day",
    released({ expires: at(-HOUR_MS) }),
    "expired 60 min ago",
  ],
  [
    "statement-expired",
    "the last days",
    released({ expires: at(3 * DAY_MS) }),
    "expires in 3 days",
  ],
  [
    "ratchet-ahead",
    "a host that has newer",
    rp4Says({ floor: serialAt(DAY_MS) }),
    "takes nothing before 2026-07-15",
  ],
  [
    "cache",
    "an unsigned closure",
    failing("closure-untrusted", "lacks a signature"),
    "lacks a signature",
  ],
  [
    "cache",
    "a cache that is not asked",
    failing("cache-not-configured", "not found"),
    "cache-not-configured",
  ],
  [
    "cache",
    "a host that waits for its cache",
    rp4Says({ waiting: { code: "cache-unreachable", message: "no route", until: null } }),
    "no route",
  ],
  [
    "two-agents",
    "a host with comin",
    failing("other-deploy-agent", "comin.service"),
    "comin.service",
  ],
  [
    "two-agents",
    "an order refused for it",
    rp4Says({
      refusal: { code: "other-deploy-agent", message: "cachix", counter: null, at: at(0) },
    }),
    "cachix",
  ],
  ["agent-old", "an older agent", rp4Says({ agent: "0.0.9" }), "agent 0.0.9, this is 0.1.0"],
  ["agent-old", "another wire version", rp4Says({ wire: [2] }), "speaks wire version 2"],
  [
    "never-reported",
    "a host of the flow that nobody has heard",
    { reports: known([saying()]), presences: known([{ host: rp4, isOnline: true }]) },
    "nuc: no report",
  ],
  [
    "offline-long",
    "a laptop on a journey",
    { ...rp4Says({ at: at(-21 * DAY_MS) }), presences: known([{ host: rp4, isOnline: false }]) },
    "last heard 21 days ago",
  ],
  ["locked", "a locked host", rp4Says({ phase: "locked" }), "rp4: locked"],
  [
    "locked",
    "a host between two systems",
    rp4Says({ outcome: { code: "inconsistent", reason: null, message: "boots another" } }),
    "boots another",
  ],
  [
    "reboot",
    "a new kernel",
    rp4Says({ rebootRequired: true, rebootReasons: ["kernel"] }),
    "reboot (kernel)",
  ],
  [
    "reboot",
    "an attempt that ended so",
    rp4Says({ outcome: { code: "needs-reboot", reason: null, message: "" } }),
    "rp4",
  ],
  ["disk-full", "little space", rp4Says({ freeBytes: 300 * 1024 ** 2 }), "300 MiB free"],
  ["disk-full", "a closure too large", failing("space-too-small", "9 GiB"), "9 GiB"],
];

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
  ["flow-invalid", { flow: NOBODY }],
  ["release-key", { statements: known(null) }],
  ["release-key", released({ fault: NOBODY })],
  ["hub-key", { orders: known([]) }],
  ["hub-key", { orders: known([{ host: rp4, hub: HUB, isSigned: NOBODY }]) }],
  ["two-hubs", { hub: NOBODY }],
  ["two-hubs", { orders: NOBODY }],
  ["statement-expired", { statements: known(null) }],
  ["ratchet-ahead", { reports: NOBODY }],
  ["offline-long", { presences: known([]) }],
  ["offline-long", { reports: known([]), presences: known([{ host: rp4, isOnline: false }]) }],
  ["never-reported", { flow: NOBODY, statements: known(null) }],
  ...["cache", "two-agents", "agent-old", "locked", "reboot", "disk-full"].map(
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
      flow: NOBODY,
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
