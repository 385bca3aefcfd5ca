import { describe, expect, it } from "vitest";
import type { Facts, GuardFacts } from "../../../agent/decide/facts.ts";
import { DEFAULT_GUARDS } from "../../../agent/decide/guards.ts";
import { nextAction } from "../../../agent/decide/next-action.ts";
import { pausedUntil } from "../../../agent/decide/next-stage.ts";
import type { EpochMs } from "../../../src/contract/index.ts";
import { DAY_MS, EMPTY_JOURNAL, HOUR_MS, NOON } from "../../support/contract-builders.ts";
import {
  factsOf,
  LAST_BOOT,
  limits,
  NEW,
  OLD,
  OTHER,
  openAfter,
  THIS_BOOT,
  trialOf,
} from "./host-view.ts";
import { type Case, ended, fresh, guarded, LAPTOP, staged, staging } from "./staging-cases.ts";

describe("a staged attempt", () => {
  it.each(["stage", undefined] as const)("with goal %s rests", (goal) => {
    const { goal: _, ...open } = fresh({ phase: "staged" });
    const journal = { ...EMPTY_JOURNAL, open: { ...open, ...(goal && { goal }) } };
    const action = nextAction(journal, factsOf({ current: OLD }), limits);
    expect(action).toEqual({ do: "rest", waiting: null, againInMs: null });
  });

  it("is canceled by a revert", () => {
    const action = staged({ open: { goal: "revert" }, facts: { isTargetHere: false } });
    expect(ended(action)).toMatchObject({ code: "canceled", reason: "revert-ordered" });
  });

  it.each(["stage", "trial", "boot"] as const)("(%s) is fetched again when it is gone", (goal) => {
    const action = staged({ open: { goal }, facts: { isTargetHere: false } });
    expect(openAfter(action)).toMatchObject({ phase: "staging" });
  });

  const needsReboot = { rebootReasons: ["kernel", "initrd"] };
  const oneShot = { goal: "boot", approved: "one-shot" } as const;
  it.each<[string, Case, string, string | null, string?]>([
    ["nothing runs", { facts: { current: null } }, "failed", "nothing-ran-before"],
    ["it runs and boots", { facts: { current: NEW, profile: NEW } }, "already-installed", null],
    [
      "a trial that the journal lost still runs",
      { facts: { current: OTHER, trial: trialOf({ attempt: "r-0/1" }), isDeadmanArmed: true } },
      "failed",
      "host-memory-damaged",
      "r-0/1",
    ],
    [
      "another agent deploys",
      { facts: { otherAgents: ["comin"] } },
      "rejected",
      "other-deploy-agent",
      "comin",
    ],
    [
      "it needs a reboot",
      { facts: needsReboot },
      "needs-reboot",
      "reboot-required",
      "kernel, initrd",
    ],
    [
      "no reboot was approved",
      { open: { goal: "boot" } },
      "rejected",
      "boot-not-approved",
      "approved: nothing; this host's risk: one-shot",
    ],
    [
      "another risk was approved",
      { open: oneShot, facts: { bootRisk: "no-way-back" } },
      "rejected",
      "boot-not-approved",
    ],
    [
      "it is kept, and needs a reboot",
      { open: { goal: "commit" }, facts: needsReboot },
      "needs-reboot",
      "reboot-required",
    ],
  ])("ends when %s", (_why, found, code, reason, message = "") => {
    const said = expect.stringContaining(message) as string;
    expect(ended(staged(found))).toMatchObject({ code, reason, message: said });
  });

  it.each([
    ["runs only", { current: NEW, profile: OLD }],
    ["boots only", { current: OLD, profile: NEW }],
  ])("begins where it %s", (_what, facts) => {
    expect(openAfter(staged({ facts }))).toMatchObject({ phase: "activating", step: "arming" });
  });

  it("waits for the guards of a trial", () => {
    const guards = { ...DEFAULT_GUARDS, minIntervalMs: DAY_MS };
    const journal = { trials: [(NOON - HOUR_MS) as EpochMs] };
    for (const goal of ["trial", "commit"] as const) {
      expect(staged({ open: { goal }, limits: { guards }, journal })).toMatchObject({
        ...{ do: "rest", againInMs: 60_000 },
        waiting: { code: "trial-too-soon", until: NOON + 23 * HOUR_MS },
      });
    }
  });

  it("waits for a low battery, a program that forbids sleep, and a person's Later", () => {
    const of = (guards: Partial<GuardFacts>) =>
      staged({ facts: guarded(guards), limits: { guards: LAPTOP } });
    expect(of({ batteryPercent: 29 })).toMatchObject({ waiting: { code: "battery-low" } });
    expect(of({ sleepInhibitor: "film" })).toMatchObject({ waiting: { code: "sleep-inhibited" } });
    const later = of({ laterUntilBootMs: 1_200_000 });
    const until = NOON + 100_000;
    expect(later).toMatchObject({ waiting: { code: "person-said-later", until } });
    expect(openAfter(of({ laterUntilBootMs: 1_100_000 }))).toMatchObject({ phase: "activating" });
  });

  it("refuses before it waits, so that the hub learns what no waiting helps", () => {
    const journal = { paused: { bootId: THIS_BOOT, untilBootMs: 9_000_000, until: NOON } };
    const facts = { otherAgents: ["comin"] };
    expect(ended(staged({ journal, facts }))).toMatchObject({ reason: "other-deploy-agent" });
  });
});

describe("a trial that begins", () => {
  it("has everything a return needs in the journal first", () => {
    const failedUnits = Array.from({ length: 300 }, (_, index) => `u${index}.service`);
    const open = { retryAtBootMs: 5, pulls: 1, cause: { code: "nix-busy", message: "" } };
    const action = staged({ open, facts: { current: OTHER, profile: OLD, failedUnits } });
    const begun = openAfter(action);
    expect(begun).toMatchObject({
      ...{ phase: "activating", step: "arming", previous: OTHER, profileBefore: OLD },
      ...{ bootId: THIS_BOOT, failedBefore: failedUnits.slice(0, 256) },
    });
    for (const field of ["retryAtBootMs", "pulls", "cause"])
      expect(begun).not.toHaveProperty(field);
    expect(action).toMatchObject({ journal: { trials: [NOON] } });
  });

  it.each(["one-shot", "no-way-back"] as const)("by a reboot, where %s was approved", (risk) => {
    const open = { goal: "boot", approved: risk } as const;
    const facts = { bootRisk: risk, rebootReasons: ["kernel"] };
    expect(openAfter(staged({ open, facts }))).toMatchObject({
      phase: "rebooting",
      step: "arming",
    });
  });
});

it("an approved reboot that a commit overtook is a live trial, whose deadman knows the old profile", () => {
  const open = { goal: "commit", approved: "no-way-back" } as const;
  const begun = openAfter(staged({ open }));
  expect(begun).toMatchObject({ phase: "activating", step: "arming" });
  expect(begun).not.toHaveProperty("approved");
});

describe("a host kept to its person", () => {
  const paused = {
    bootId: THIS_BOOT,
    untilBootMs: 1_100_000 + HOUR_MS,
    until: (NOON + HOUR_MS) as EpochMs,
  };

  it.each<[string, Partial<Facts>, number | null]>([
    ["begins nothing", {}, HOUR_MS],
    ["counts boot time, whatever a wrong clock says", { now: (NOON + DAY_MS) as EpochMs }, HOUR_MS],
    ["is free when the time is over", { bootMs: 1_100_000 + HOUR_MS }, null],
    ["stays kept after a reboot, by the clock", { bootId: LAST_BOOT, bootMs: 5 }, HOUR_MS],
    [
      "is free after a reboot when the clock says so",
      { bootId: LAST_BOOT, now: paused.until },
      null,
    ],
    [
      "is free after a reboot with a clock nobody set",
      { bootId: LAST_BOOT, isClockSynchronised: false },
      null,
    ],
  ])("%s", (_what, facts, leftMs) => {
    const action = staged({ journal: { paused }, facts });
    if (leftMs === null) return expect(openAfter(action)).toMatchObject({ phase: "activating" });
    const until = (facts.now ?? NOON) + leftMs;
    expect(action).toMatchObject({ do: "rest", waiting: { code: "host-paused", until } });
  });

  it("still fetches", () => {
    expect(staging({ journal: { paused } })).toEqual({ do: "pull" });
  });

  it("is not kept when nobody asked", () => {
    expect(pausedUntil({ ...EMPTY_JOURNAL, paused: null }, factsOf())).toBeNull();
  });
});
