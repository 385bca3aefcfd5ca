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

  it("returns to a system that had no profile", () => {
    expect(verdictOn({ profile: null }, { profile: null })).toEqual(SWITCH);
  });

  it("reboots where the new system was booted, unless that would bring it up again", () => {
    expect(verdictOn({}, { booted: NEW })).toEqual(REBOOT);
    expect(verdictOn({ rebootToRecover: false }, { booted: NEW })).toEqual(STOP);
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
