import { describe, expect, it, vi } from "vitest";
import { NixwaveError } from "../../src/contract/index.ts";
import {
  counting,
  keyFrom,
  lasting,
  NOON,
  ordered,
  releasedOn,
  sealStatement,
  statementOf,
} from "../support/contract-builders.ts";
import { NEW, OLD, startRig } from "./rig.ts";

const release = releasedOn(0, "new");
const stage = ordered(release, { goal: "stage", counter: counting(NOON + 1) });
const trial = ordered(release, { goal: "trial", counter: counting(NOON + 2) });
const commit = ordered(release, { goal: "commit", counter: counting(NOON + 3) });
const revert = ordered(release, { goal: "revert", counter: counting(NOON + 4) });

describe("a host that is told to take a release", () => {
  it("stages, tries and keeps it, and says so at each step", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    for (const order of [stage, trial, commit]) await agent.desired(order);
    expect(rig.reports.map(({ phase }) => phase)).toEqual(
      ["idle", "staging", "staged", "activating", "in-trial", "committing", "idle"], //
    );
    expect(rig.last()).toMatchObject({
      current: NEW,
      profile: NEW,
      target: NEW,
      outcome: { code: "succeeded" },
      serial: release.statement.serial,
      floor: release.statement.serial,
    });
  });

  it("does not touch the boot default before it is told to keep the release", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    await agent.desired(stage);
    await agent.desired(trial);
    expect(rig.reality).toMatchObject({ current: NEW, profile: OLD, bootDefault: OLD });
  });

  it("has what runs already as already installed", async () => {
    await using rig = await startRig();
    Object.assign(rig.reality, { current: NEW, profile: NEW });
    const agent = await rig.start();
    await agent.desired(stage);
    expect(rig.last().outcome?.code).toBe("already-installed");
    expect(rig.reality.did).toEqual([]);
  });

  it("does everything once, however often the order comes", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    for (const order of [stage, stage, trial, trial, commit, commit]) await agent.desired(order);
    expect(rig.reality.did).toEqual(
      [`pull ${NEW}`, `test ${NEW}`, `profile ${NEW}`, `boot ${NEW}`], //
    );
  });
});

describe("a host on which something fails", () => {
  it("keeps what runs when the closure cannot be had, and says why", async () => {
    await using rig = await startRig();
    rig.reality.pullFails = new NixwaveError("closure-untrusted", "not signed by our key");
    const agent = await rig.start();
    await agent.desired(stage);
    expect(rig.last().outcome).toEqual({
      code: "failed",
      reason: "closure-untrusted",
      message: "not signed by our key",
    });
    expect(rig.reality.current).toBe(OLD);
  });

  it("returns to what ran before when the activation fails", async () => {
    await using rig = await startRig();
    rig.reality.onSwitch = (system) => {
      if (system !== NEW) return;
      rig.reality.current = NEW; // half of it happened
      throw new NixwaveError("activation-failed", "status 4");
    };
    const agent = await rig.start();
    await agent.desired(stage);
    await agent.desired(trial);
    expect(rig.last()).toMatchObject({
      current: OLD,
      outcome: { code: "rolled-back", reason: "activation-failed" },
    });
  });

  it("takes profile and running system back when the boot loader fails", async () => {
    await using rig = await startRig();
    rig.reality.onSwitch = (system, verb) => {
      if (verb === "boot" && system === NEW) throw new NixwaveError("activation-failed", "no room");
    };
    const agent = await rig.start();
    for (const order of [stage, trial, commit]) await agent.desired(order);
    expect(rig.last()).toMatchObject({
      current: OLD,
      profile: OLD,
      outcome: { code: "rolled-back" },
      floor: 0,
    });
  });

  it("says that it is inconsistent when it cannot return", async () => {
    await using rig = await startRig();
    rig.reality.onSwitch = () => {
      throw new NixwaveError("activation-failed", "nothing works");
    };
    const agent = await rig.start();
    await agent.desired(stage);
    await agent.desired(trial);
    expect(rig.last().outcome).toMatchObject({ code: "inconsistent", reason: "revert-failed" });
  });

  it("reports what a program printed without its control characters", async () => {
    await using rig = await startRig();
    rig.reality.pullFails = new NixwaveError("nix-failed", `bell\u0007 and ${"x".repeat(5000)}`);
    const agent = await rig.start();
    await agent.desired(stage);
    expect(rig.last().outcome?.message).toMatch(/^bell {2}and x{900,}$/);
  });
});

describe("an order that is not for keeping", () => {
  it("a trial is undone on order", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    for (const order of [stage, trial, revert]) await agent.desired(order);
    expect(rig.last()).toMatchObject({
      current: OLD,
      outcome: { code: "rolled-back", reason: "revert-ordered" },
    });
  });

  it("an attempt that only staged is let go without touching anything", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    for (const order of [stage, revert]) await agent.desired(order);
    expect(rig.last().outcome?.code).toBe("canceled");
    expect(rig.reality.did).toEqual([`pull ${NEW}`]);
  });

  it("a commit without a trial is refused, under the counter of the order", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    await agent.desired(commit);
    expect(rig.last().refusal).toMatchObject({ code: "not-in-trial", counter: NOON + 3 });
    expect(rig.reality.did).toEqual([]);
  });

  it("a statement of a stranger is refused, under the counter of the hub's order", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    const forged = sealStatement(statementOf("new"), keyFrom("stranger-1"));
    await agent.desired(ordered(forged, { goal: "stage", counter: counting(NOON + 9) }));
    expect(rig.last().refusal).toMatchObject({ code: "signature-invalid", counter: NOON + 9 });
    expect(rig.reality.did).toEqual([]);
  });

  it("another release does not push a running trial aside", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    await agent.desired(stage);
    await agent.desired(trial);
    const other = releasedOn(0.5, "other");
    const rollout = "r-2" as never;
    await agent.desired(ordered(other, { goal: "stage", rollout, counter: counting(NOON + 8) }));
    expect(rig.last()).toMatchObject({ phase: "in-trial", refusal: { code: "attempt-open" } });
  });
});

describe("a trial that nobody confirms", () => {
  it("ends where it began when the lease is over", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    await agent.desired(stage);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      await agent.desired(ordered(release, { lease: lasting(5000), counter: counting(NOON + 2) }));
      expect(rig.last().phase).toBe("in-trial");
      vi.advanceTimersByTime(5000);
    } finally {
      vi.useRealTimers();
    }
    await agent.stop();
    expect(rig.last()).toMatchObject({
      current: OLD,
      outcome: { code: "rolled-back", reason: "lease-expired" },
    });
  });
});

describe("a trial whose order the broker delivers again and again", () => {
  it("still ends when its lease is over", async () => {
    await using rig = await startRig();
    const agent = await rig.start();
    await agent.desired(stage);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const order = ordered(release, { lease: lasting(5000), counter: counting(NOON + 2) });
    try {
      await agent.desired(order);
      vi.advanceTimersByTime(4000);
      await agent.desired(order);
      vi.advanceTimersByTime(1000);
    } finally {
      vi.useRealTimers();
    }
    await agent.stop();
    expect(rig.last()).toMatchObject({ outcome: { code: "rolled-back", reason: "lease-expired" } });
  });
});
