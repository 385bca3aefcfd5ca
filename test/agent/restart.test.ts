import { describe, expect, it } from "vitest";
import { openHostMemory } from "../../agent/host-memory.ts";
import { counting, NOON, ordered, releasedOn } from "../support/contract-builders.ts";
import { NEW, OLD, startRig } from "./rig.ts";

const release = releasedOn(0, "new");
const stage = ordered(release, { goal: "stage", counter: counting(NOON + 1) });
const trial = ordered(release, { goal: "trial", counter: counting(NOON + 2) });
const commit = ordered(release, { goal: "commit", counter: counting(NOON + 3) });
const revert = ordered(release, { goal: "revert", counter: counting(NOON + 4) });

describe("an agent that starts again", () => {
  it("reports the outcome of a closed attempt again when it is asked", async () => {
    await using rig = await startRig();
    const first = await rig.start();
    for (const order of [stage, trial, commit]) await first.desired(order);
    await first.stop();
    const second = await rig.start();
    await second.desired(ordered(release, { goal: "stage", counter: counting(NOON + 10) }));
    expect(rig.last()).toMatchObject({ target: NEW, outcome: { code: "succeeded" } });
    expect(rig.reality.did).toHaveLength(4);
  });

  it("keeps a trial in trial, and keeps it when told so", async () => {
    await using rig = await startRig();
    const first = await rig.start();
    await first.desired(stage);
    await first.desired(trial);
    await first.stop();
    const second = await rig.start();
    expect(rig.last().phase).toBe("in-trial");
    await second.desired(commit);
    expect(rig.last().outcome?.code).toBe("succeeded");
  });

  it("carries a commit through that a crash interrupted", async () => {
    await using rig = await startRig();
    const first = await rig.start();
    await first.desired(stage);
    await first.desired(trial);
    await first.stop();
    await journalWithPhase(rig.directory, "committing");
    await rig.start();
    expect(rig.last()).toMatchObject({ profile: NEW, outcome: { code: "succeeded" } });
  });

  it("undoes a half activation that a crash interrupted", async () => {
    await using rig = await startRig();
    const first = await rig.start();
    await first.desired(stage);
    await first.stop();
    await journalWithPhase(rig.directory, "activating");
    rig.reality.current = NEW;
    await rig.start();
    expect(rig.last()).toMatchObject({
      current: OLD,
      outcome: { code: "rolled-back", reason: "agent-restarted" },
    });
  });

  it("never accepts an older order than before the restart", async () => {
    await using rig = await startRig();
    const first = await rig.start();
    await first.desired(stage);
    await first.desired(revert);
    await first.stop();
    const second = await rig.start();
    await second.desired(stage);
    expect(rig.last().refusal?.code).toBe("order-replayed");
  });
});

/** The journal as a process leaves it that dies right after it noted `phase`. */
async function journalWithPhase(directory: string, phase: "committing" | "activating") {
  const memory = await openHostMemory(directory, 1);
  const { open } = memory.journal;
  if (!open) throw new Error("no attempt is open");
  await memory.keepOpen({ ...open, phase });
}
