import { describe, expect, it } from "vitest";
import type { Facts } from "../../../agent/decide/facts.ts";
import { furtheredByPerson } from "../../../agent/decide/fold-wish.ts";
import { nextAction } from "../../../agent/decide/next-action.ts";
import type { Journal } from "../../../src/contract/index.ts";
import { EMPTY_JOURNAL, lasting, ROLLOUT } from "../../support/contract-builders.ts";
import {
  factsOf,
  journalOf,
  LAST_BOOT,
  LEASE_MS,
  limits,
  NEW,
  nextOf,
  openAfter,
  THIS_BOOT,
  trialOf,
} from "./host-view.ts";

const EXITED_0 = { state: "ended", end: { kind: "exited", status: 0 }, output: "" } as const;

describe("a lease that comes too late", () => {
  it.each(["activating", "in-trial"] as const)("revives nothing that is %s", (phase) => {
    const open = { phase, step: "probing", lease: lasting(2 * LEASE_MS) } as const;
    const after = openAfter(nextOf(open, { bootMs: 1_000_000 + LEASE_MS }));
    expect(after).toMatchObject({ phase: "reverting", cause: { code: "lease-expired" } });
    const inTime = nextOf(open, { bootMs: 1_000_000 + LEASE_MS - 1 });
    const deadlineMs = 1_000_000 + 2 * LEASE_MS;
    expect(inTime).toMatchObject({ do: "write-trial", trial: { deadlineMs } });
  });
});

describe("a host with nothing open", () => {
  const atRest = (facts: Partial<Facts>, journal: Partial<Journal> = {}) =>
    nextAction({ ...EMPTY_JOURNAL, ...journal }, factsOf(facts), limits);
  const REST = { do: "rest", waiting: null, againInMs: null } as const;
  const clean = { trial: null, isDeadmanArmed: false, areRootsHeld: false } as const;

  it("rests", () => {
    expect(atRest(clean)).toEqual(REST);
  });

  it.each([
    ["a trial of another boot", { trial: trialOf({ bootId: LAST_BOOT }) }],
    ["a trial that was kept", { trial: trialOf({ phase: "committing" }) }],
    ["a trial that ended", { trial: trialOf({ phase: "reverted" }) }],
    ["a deadman with nothing to read", { isDeadmanArmed: true }],
    ["roots", { areRootsHeld: true }],
  ])("tidies %s away", (_what, facts) => {
    expect(atRest({ ...clean, ...facts })).toEqual({ do: "tidy" });
  });

  it.each(["armed", "in-trial", "reverting", "recovering"] as const)(
    "leaves a trial that is %s to the deadman when the journal does not know it",
    (phase) => {
      const trial = trialOf({ phase });
      expect(atRest({ trial, isDeadmanArmed: true })).toEqual(REST);
      expect(atRest({ trial, isDeadmanArmed: false })).toEqual({ do: "arm", trial });
    },
  );

  it("arms the deadman of a reboot's boot when the journal does not know it", () => {
    const trial = trialOf({ phase: "rebooting", bootId: LAST_BOOT });
    const armed = { ...trial, bootId: THIS_BOOT, phase: "in-trial" };
    expect(atRest({ ...clean, trial, booted: NEW })).toEqual({ do: "arm", trial: armed });
    expect(atRest({ ...clean, trial, booted: NEW, profile: NEW })).toEqual({ do: "tidy" });
  });

  it("tidies away the trial of an attempt that it knows to have ended", () => {
    const outcome = { code: "rolled-back", reason: "lease-expired", message: "" } as const;
    expect(atRest({}, { closed: [{ rollout: ROLLOUT, attempt: 1, outcome }] })).toEqual({
      do: "tidy",
    });
  });

  it("leaves an attempt alone that says it is none", () => {
    for (const phase of ["idle", "locked"] as const) expect(nextOf({ phase }, {})).toEqual(REST);
  });
});

describe("a host on which nothing ran before", () => {
  it.each([
    ["activating", "arming"],
    ["rebooting", "arming"],
  ] as const)("(%s) begins nothing", (phase, step) => {
    const open = { phase, step, previous: null, profileBefore: null } as const;
    const action = nextOf(open, { current: null, profile: null, trial: null });
    expect(openAfter(action)).toMatchObject({ phase: "reverting", step: "leaving" });
  });

  it("says that it cannot go back, and is locked", () => {
    const open = { phase: "reverting", step: "undoing", previous: null } as const;
    const action = nextOf(open, { trial: null });
    expect(action).toMatchObject({ journal: { open: null, locked: { code: "revert-failed" } } });
  });
});

describe("another switch that holds NixOS's lock", () => {
  const booting = {
    phase: "committing",
    step: "booting",
    run: { verb: "boot", count: 1 },
  } as const;
  const busy = {
    ...{ profile: NEW, isDeadmanArmed: false, trial: trialOf({ phase: "committing" }) },
    run: { ...EXITED_0, end: { kind: "exited", status: 11 } },
  } as const;

  it("is waited for ten seconds at a time", () => {
    expect(openAfter(nextOf(booting, busy))).toMatchObject({ retryAtBootMs: 1_110_000 });
    const waits = nextOf({ ...booting, retryAtBootMs: 1_110_000 }, busy);
    expect(waits).toMatchObject({ do: "rest", againInMs: 10_000 });
    const again = openAfter(nextOf({ ...booting, retryAtBootMs: 1_100_000 }, busy));
    expect(again).toMatchObject({ run: { count: 2 } });
    expect(again).not.toHaveProperty("retryAtBootMs");
  });

  it("is not waited for by the clock of a boot that is over", () => {
    const open = { ...booting, retryAtBootMs: 900_000_000 };
    expect(openAfter(nextOf(open, busy))).toMatchObject({ run: { count: 2 } });
  });
});

describe("root's own confirm", () => {
  it("counts after the hub's commit that came over too old a session", () => {
    const open = furtheredByPerson(journalOf({ goal: "commit" }), "commit").open;
    expect(open).toMatchObject({ goal: "commit", origin: "person" });
  });

  it("never takes a revert back", () => {
    expect(furtheredByPerson(journalOf({ goal: "revert" }), "commit").open?.goal).toBe("revert");
  });
});
