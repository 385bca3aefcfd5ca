import { describe, expect, it } from "vitest";
import { type DeadmanFacts, decideDeadman } from "../../../agent/decide/decide-deadman.ts";
import type { Trial } from "../../../src/contract/index.ts";
import { LAST_BOOT, LEASE_MS, NEW, OLD, OTHER, THIS_BOOT, trialOf } from "./host-view.ts";

const DEADLINE = 1_000_000 + LEASE_MS;
const seen = (differences: Partial<DeadmanFacts> = {}): DeadmanFacts => ({
  ...{ bootId: THIS_BOOT, bootMs: DEADLINE, current: NEW, booted: OLD, profile: OLD },
  ...differences,
});
const verdictOn = (trial: Partial<Trial>, facts: Partial<DeadmanFacts> = {}) =>
  decideDeadman(trialOf(trial), seen(facts));

const STOP = { do: "stop" } as const;
const WAIT = { do: "wait" } as const;
const PERSON = { do: "leave-to-person" } as const;
const SWITCH = { do: "return", by: "switch" } as const;
const REBOOT = { do: "return", by: "reboot" } as const;

describe("the deadman after the deadline", () => {
  it.each([
    ["armed", SWITCH],
    ["in-trial", SWITCH],
    ["reverting", SWITCH],
    ["recovering", REBOOT],
    ["rebooting", WAIT],
    ["committing", STOP],
    ["reverted", STOP],
    ["taken-over", STOP],
  ] as const)("takes %s as its word", (phase, verdict) => {
    expect(verdictOn({ phase })).toEqual(verdict);
  });

  it.each([
    ["the old system runs", { current: OLD }, SWITCH],
    ["a third system runs", { current: OTHER }, PERSON],
    ["nothing runs", { current: null }, PERSON],
    ["the profile moved to the new one", { profile: NEW }, PERSON],
    ["the profile moved elsewhere", { profile: OTHER }, PERSON],
    ["there is no profile any more", { profile: null }, PERSON],
  ] as const)("where %s", (_what, facts, verdict) => {
    for (const phase of ["armed", "in-trial"] as const) {
      expect(verdictOn({ phase }, facts), phase).toEqual(verdict);
    }
  });

  it("goes on with a way back whose profile a commit had moved", () => {
    expect(verdictOn({ phase: "reverting" }, { profile: NEW })).toEqual(SWITCH);
    expect(verdictOn({ phase: "reverting" }, { profile: OTHER })).toEqual(PERSON);
  });

  it("goes on with it, by a switch, where the new system was booted and boots next, or no reboot is allowed", () => {
    const booted = { booted: NEW };
    expect(verdictOn({ phase: "reverting" }, { ...booted, profile: NEW })).toEqual(SWITCH);
    const noWayBack = { phase: "reverting", rebootToRecover: false, profile: NEW } as const;
    for (const profile of [OLD, NEW]) {
      expect(verdictOn(noWayBack, { ...booted, profile }), profile).toEqual(SWITCH);
    }
  });

  it("returns to a system that had no profile", () => {
    expect(verdictOn({ profile: null }, { profile: null })).toEqual(SWITCH);
  });

  it("reboots where the new system was booted, unless that would bring it up again", () => {
    expect(verdictOn({}, { booted: NEW })).toEqual(REBOOT);
    const noWayBack = { rebootToRecover: false, profile: NEW };
    expect(verdictOn(noWayBack, { booted: NEW, profile: NEW })).toEqual(STOP);
  });

  it("switches where no reboot is allowed and the new system is what was booted: A, B, A", () => {
    expect(verdictOn({ rebootToRecover: false }, { booted: NEW })).toEqual(SWITCH);
  });

  it("switches where the old system is the new one, though it was booted", () => {
    expect(verdictOn({ prev: NEW }, { booted: NEW })).toEqual(SWITCH);
  });
});

describe("the deadman before the deadline", () => {
  it.each(["armed", "in-trial"] as const)("waits while %s, whatever runs", (phase) => {
    const bootMs = DEADLINE - 1;
    expect(verdictOn({ phase }, { bootMs })).toEqual(WAIT);
    expect(verdictOn({ phase }, { bootMs, current: OTHER })).toEqual(WAIT);
  });

  it("goes on at once with a way back that was begun", () => {
    expect(verdictOn({ phase: "reverting" }, { bootMs: 1 })).toEqual(SWITCH);
    expect(verdictOn({ phase: "recovering" }, { bootMs: 1 })).toEqual(REBOOT);
  });
});

describe("the deadman without a trial of this boot", () => {
  it("stops", () => {
    expect(decideDeadman(null, seen())).toEqual(STOP);
    for (const phase of ["armed", "in-trial", "reverting", "recovering", "rebooting"] as const) {
      expect(verdictOn({ phase, bootId: LAST_BOOT }), phase).toEqual(STOP);
    }
  });
});

describe("the deadman in the boot that a reboot's trial led to", () => {
  const leave = { phase: "rebooting", bootId: LAST_BOOT } as const;
  const came = { booted: NEW };

  it("waits for its lease, in the time of that boot, and then reboots into the old system", () => {
    expect(verdictOn(leave, { ...came, bootMs: DEADLINE - 1 })).toEqual(WAIT);
    expect(verdictOn(leave, came)).toEqual(REBOOT);
    expect(verdictOn({ ...leave, rebootToRecover: false }, came)).toEqual(REBOOT);
  });

  it.each([
    ["the old system came up", {}, { current: OLD, booted: OLD }],
    ["another one was switched to since", {}, { current: OTHER }],
    ["a person keeps it", {}, { profile: NEW }],
    ["the reboot has no way back", {}, { profile: NEW }],
    ["the new system was the default before", { profile: NEW }, { profile: NEW }],
    ["it was the old one that was to come up", { prev: NEW }, {}],
    ["another deadman has rebooted it once", { phase: "recovering" }, {}],
    ["the new system's activator has taken over", { phase: "in-trial" }, {}],
  ] as const)("is nobody's where %s", (_what, trial, facts) => {
    expect(verdictOn({ ...leave, ...trial }, { ...came, ...facts })).toEqual(STOP);
  });
});
