import { describe, expect, it } from "vitest";
import {
  factsOf,
  LAST_BOOT,
  LEASE_MS,
  NEW,
  nextOf,
  OLD,
  openAfter,
  SWITCH_LIMIT_MS,
  trialOf,
} from "./host-view.ts";

const EXITED_0 = { state: "ended", end: { kind: "exited", status: 0 }, output: "" } as const;

describe("the commit", () => {
  const committing = { phase: "committing", step: "profile", goal: "commit" } as const;

  it("is undone when the deadman returned the host before trial.v1 said committing", () => {
    const trial = trialOf({ phase: "reverted" });
    const open = openAfter(nextOf(committing, { current: OLD, trial }));
    expect(open).toMatchObject({ phase: "reverting", cause: { code: "lease-expired" } });
  });

  it("is refused when the deadline passed before trial.v1 said committing", () => {
    const open = openAfter(nextOf(committing, { bootMs: 1_000_000 + LEASE_MS }));
    expect(open).toMatchObject({ phase: "reverting", cause: { code: "lease-expired" } });
  });

  it("is written into trial.v1 one moment before the deadline", () => {
    const action = nextOf(committing, { bootMs: 1_000_000 + LEASE_MS - 1 });
    expect(action).toMatchObject({ do: "write-trial", trial: { phase: "committing" } });
  });

  it("ends as taken over when a person went back to the old system by hand", () => {
    const action = nextOf(committing, { current: OLD, trial: trialOf({ phase: "committing" }) });
    expect(openAfter(action)).toBeNull();
    expect(action).toMatchObject({ journal: { closed: [{ outcome: { code: "taken-over" } }] } });
  });

  it("does not take another attempt's word in trial.v1 for its own", () => {
    const trial = trialOf({ attempt: "r-0/1", phase: "committing" });
    expect(nextOf(committing, { trial })).toMatchObject({ do: "write-trial" });
  });

  it.each([
    ["no reboot", undefined, 1],
    ["a one-shot reboot, whose preparation has used boot 1", "one-shot", 501],
  ] as const)("names its first boot run %3$s after %1$s", (_way, approved, count) => {
    const facts = {
      profile: NEW,
      isDeadmanArmed: false,
      trial: trialOf({ phase: "committing" }),
      run: EXITED_0,
    };
    const open = openAfter(nextOf({ ...committing, ...(approved && { approved }) }, facts));
    expect(open).toMatchObject({ step: "booting", run: { verb: "boot", count } });
  });

  it.each([1, 501])("tries boot twice, then goes back (first run %i)", (count) => {
    const facts = {
      profile: NEW,
      isDeadmanArmed: false,
      trial: trialOf({ phase: "committing" }),
      run: { ...EXITED_0, end: { kind: "exited", status: 1 } },
    } as const;
    const open = { ...committing, step: "booting" } as const;
    const more = count === 1 ? {} : ({ approved: "one-shot" } as const);
    const first = nextOf({ ...open, ...more, run: { verb: "boot", count } }, facts);
    expect(openAfter(first)).toMatchObject({ phase: "committing", run: { count: count + 250 } });
    const second = nextOf({ ...open, ...more, run: { verb: "boot", count: count + 250 } }, facts);
    expect(openAfter(second)).toMatchObject({ phase: "reverting", step: "profile" });
  });
});

describe("the switch", () => {
  const switching = {
    phase: "activating",
    step: "switching",
    run: { verb: "test", count: 1 },
  } as const;
  const armed = trialOf({ phase: "armed", deadlineMs: 1_100_000 + SWITCH_LIMIT_MS + LEASE_MS });

  it("starts under an armed deadman", () => {
    expect(nextOf(switching, { current: OLD, trial: armed })).toMatchObject({ do: "start" });
  });

  it.each([
    ["does not wait", { isDeadmanArmed: false }],
    ["reads another boot", { trial: { ...armed, bootId: LAST_BOOT } }],
    ["reads nothing", { trial: null }],
    ["would fire while the switch may run", { trial: { ...armed, deadlineMs: 1_110_000 } }],
  ])("does not start when the deadman %s", (_what, facts) => {
    const action = nextOf(switching, { current: OLD, trial: armed, ...facts });
    const deadlineMs = 1_100_000 + SWITCH_LIMIT_MS + LEASE_MS;
    expect(action).toMatchObject({ do: "arm", trial: { deadlineMs, phase: "armed" } });
  });

  it("is undone on request though the new activator never comes", () => {
    const probing = { phase: "activating", step: "probing", goal: "revert" } as const;
    const open = openAfter(nextOf(probing, { isOwnSystem: false }));
    expect(open).toMatchObject({ phase: "reverting", cause: { code: "revert-ordered" } });
  });

  it("is undone at the deadline though the new activator never comes", () => {
    const probing = { phase: "activating", step: "probing" } as const;
    const bootMs = 1_000_000 + LEASE_MS;
    const open = openAfter(nextOf(probing, { isOwnSystem: false, bootMs }));
    expect(open).toMatchObject({ phase: "reverting", cause: { code: "lease-expired" } });
  });
});

describe("a reboot into the new system", () => {
  it("takes the boot default back when the power went half way through a one-shot's preparation", () => {
    const open = { phase: "rebooting", step: "booting", bootId: LAST_BOOT } as const;
    const facts = { booted: NEW, profile: NEW, isDeadmanArmed: false };
    const action = nextOf({ ...open, approved: "one-shot" }, facts);
    expect(openAfter(action)).toMatchObject({ phase: "reverting", step: "profile" });
  });

  it("takes the boot default back when the old system was chosen at the loader", () => {
    const open = { bootId: LAST_BOOT, approved: "no-way-back" } as const;
    const action = nextOf(open, { current: OLD, profile: NEW });
    expect(openAfter(action)).toMatchObject({ phase: "reverting", step: "profile" });
  });

  it.each([
    ["one-shot", NEW, OLD],
    ["no-way-back", null, NEW],
  ] as const)("(%s) names the next boot alone: %s", (approved, once, profile) => {
    const open = { phase: "rebooting", step: "leaving", goal: "boot", approved } as const;
    const action = nextOf(open, { current: OLD, profile });
    expect(action).toEqual({ do: "reboot", once });
  });

  it("is waited for when its loader is being written", () => {
    const open = { phase: "rebooting", step: "booting", goal: "revert" } as const;
    const facts = { current: OLD, profile: NEW, run: { state: "running" } } as const;
    expect(nextOf({ ...open, run: { verb: "entry", count: 1 } }, facts)).toEqual({ do: "await" });
  });

  it.each([OLD, NEW])(
    "from which the deadman rebooted is resumed in no boot (%s runs)",
    (current) => {
      const open = { phase: "rebooting", step: "leaving", bootId: LAST_BOOT } as const;
      const trial = trialOf({ phase: "recovering", bootId: LAST_BOOT });
      const action = nextOf({ ...open, approved: "one-shot" }, { current, booted: current, trial });
      const cause = { code: "lease-expired" };
      expect(openAfter(action)).toMatchObject({ phase: "reverting", cause });
    },
  );

  it("resumes the lease under a deadman of the new boot", () => {
    const open = { phase: "activating", step: "probing", approved: "one-shot" } as const;
    const action = nextOf(open, { booted: NEW, trial: trialOf({ bootId: LAST_BOOT }) });
    expect(action).toMatchObject({ do: "arm", trial: { bootId: factsOf().bootId } });
  });
});

describe("the way back", () => {
  const back = { phase: "reverting", step: "undoing", run: { verb: "back", count: 1 } } as const;
  const reverting = { trial: trialOf({ phase: "reverting" }), booted: NEW };

  it("from a live trial of what was booted is a switch: A, B, A needs no reboot", () => {
    const action = nextOf(back, reverting);
    expect(action).toMatchObject({ do: "start", order: { system: OLD, verb: "test" } });
  });

  it("from a trial by reboot is a reboot", () => {
    const open = openAfter(nextOf({ ...back, approved: "one-shot" }, reverting));
    expect(open).toMatchObject({
      step: "recovering",
      cause: { message: expect.stringContaining("it was booted") as string },
    });
  });

  it("writes a program's colours into the journal as plain text", () => {
    const open = {
      phase: "reverting",
      step: "undoing",
      run: { verb: "back", count: 1 },
      cause: { code: "probe-failed", message: "camera" },
    } as const;
    const run = {
      ...EXITED_0,
      end: { kind: "exited", status: 2 },
      output: "\u001b[31mno",
    } as const;
    const action = nextOf(open, { run, trial: trialOf({ phase: "reverting" }) });
    expect(openAfter(action)?.cause?.message).not.toContain("\u001b");
    expect(openAfter(action)).toMatchObject({ step: "recovering" });
  });
});
