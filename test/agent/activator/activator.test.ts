import { describe, expect, it } from "vitest";
import { NixwaveError, type StorePath } from "../../../src/contract/index.ts";
import { counting, NOON, ordered, pathFor, releasedOn } from "../../support/contract-builders.ts";
import { NEW, OLD, type PlayedHost, playHost } from "./played-host.ts";
import { GOOD_DAY, LEASE_MS, order, play } from "./stories.ts";

const [stage, trial, commit] = GOOD_DAY as [
  (typeof GOOD_DAY)[number],
  (typeof GOOD_DAY)[number],
  (typeof GOOD_DAY)[number],
];

async function inTrial(host: PlayedHost): Promise<void> {
  await play(host, [stage, trial]);
  expect((await host.report()).phase).toBe("in-trial");
}

const outcomeOf = async (host: PlayedHost) => (await host.report()).outcome;

describe("the activator on a good day", () => {
  it("stages without touching what runs, and says what would change", async () => {
    await using host = await playHost();
    await play(host, [stage]);
    const report = await host.report();
    expect(report).toMatchObject({ phase: "staged", current: OLD, target: NEW });
    expect(report.summary).toMatchObject({ restart: ["a.service", "b.service"], unitsTotal: 2 });
    expect(host.reality.did).toEqual([`pull ${NEW}`]);
  });

  it("tries with the boot default unmoved and the deadman armed", async () => {
    await using host = await playHost();
    await inTrial(host);
    expect(host.reality).toMatchObject({
      ...{ current: NEW, profile: OLD, bootDefault: OLD, isDeadmanArmed: true },
    });
  });

  it("holds as its way back what runs when the trial begins, not what ran when it was staged", async () => {
    await using host = await playHost();
    await play(host, [stage]);
    expect(host.reality.wayBackHeld).toBe(OLD);
    const theirs = pathFor("theirs");
    host.reality.current = theirs;
    await play(host, [trial]);
    expect((await host.report()).phase).toBe("in-trial");
    expect(host.reality.wayBackHeld).toBe(theirs);
  });

  it("keeps what the hub confirmed: it runs, boots, and everything else is tidied away", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    expect(await outcomeOf(host)).toMatchObject({ code: "succeeded" });
    expect(host.reality).toMatchObject({
      ...{ current: NEW, profile: NEW, bootDefault: NEW, isDeadmanArmed: false, roots: false },
    });
    expect(await host.disk.read(host.places.trial)).toBeUndefined();
  });

  it("takes no commit over a session that is older than the activation, and asks for a new one", async () => {
    await using host = await playHost();
    host.reality.bootMs = 100_000;
    await inTrial(host);
    await host.drop(order("commit", 3));
    await host.run();
    const report = await host.report();
    expect(report).toMatchObject({ phase: "in-trial", waiting: { code: "session-too-old" } });
    expect(report.renewedAfterBootMs).toBe(100_000);
    await host.renewSession();
    await host.run();
    expect(await outcomeOf(host)).toMatchObject({ code: "succeeded" });
  });

  it("changes nothing when orders are redelivered, late or retained", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    const { did } = host.reality;
    const before = [...did];
    await play(host, [commit, stage, trial, commit]);
    expect(did).toEqual(before);
    expect(await outcomeOf(host)).toMatchObject({ code: "succeeded" });
  });

  it("lets the newest of two quick orders win", async () => {
    await using host = await playHost();
    await play(host, [stage]);
    const newer = releasedOn(1, "newer");
    await host.drop(ordered(newer, { goal: "stage", counter: counting(NOON + 9), attempt: 2 }));
    await host.run();
    expect((await host.report()).target).toBe(newer.statement.storePath);
    expect((await host.journal())?.closed.at(-1)?.outcome).toMatchObject({
      ...{ code: "canceled", reason: "attempt-superseded" },
    });
  });

  it("deploys A again after A and B", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY);
    const deploy = async (closure: string, day: number): Promise<StorePath> => {
      const release = releasedOn(day, closure);
      for (const [index, goal] of (["trial", "commit"] as const).entries()) {
        host.reality.bootMs += 1000;
        await host.renewSession();
        const counter = counting(NOON + Math.round(day * 10_000) + index);
        await host.drop(ordered(release, { goal, counter, attempt: Math.round(day * 100) + 1 }));
        await host.run();
        host.reality.bootMs += 1000;
      }
      return release.statement.storePath;
    };
    const other = await deploy("other", 0.01);
    expect(host.reality.current).toBe(other);
    expect(await deploy("new", 0.02)).toBe(NEW);
    expect(host.reality).toMatchObject({ current: NEW, profile: NEW, bootDefault: NEW });
  });
});

describe("the activator on a bad day", () => {
  it("returns when the switch fails, and the boot default has never moved", async () => {
    await using host = await playHost();
    host.reality.onSwitch = (system) => (system === NEW ? 2 : 0);
    await play(host, [stage, trial]);
    expect(await outcomeOf(host)).toMatchObject({
      code: "rolled-back",
      reason: "activation-failed",
    });
    expect(host.reality).toMatchObject({ current: OLD, profile: OLD, bootDefault: OLD });
  });

  it("returns when a probe of the host fails, and names it", async () => {
    await using host = await playHost();
    host.reality.probesPass = false;
    await play(host, [stage, trial]);
    const outcome = await outcomeOf(host);
    expect(outcome).toMatchObject({ code: "rolled-back", reason: "probe-failed" });
    expect(outcome?.message).toContain("camera: no picture");
    expect(host.reality.current).toBe(OLD);
  });

  it("returns with the deadman when nobody confirms, and closes the attempt afterwards", async () => {
    await using host = await playHost();
    await inTrial(host);
    host.reality.bootMs += LEASE_MS + 1;
    await host.deadman();
    expect(host.reality.current).toBe(OLD);
    await host.run();
    expect(await outcomeOf(host)).toMatchObject({ code: "rolled-back", reason: "lease-expired" });
    expect(host.reality.isDeadmanArmed).toBe(false);
  });

  it("leaves a person's system alone", async () => {
    await using host = await playHost();
    await inTrial(host);
    host.reality.current = releasedOn(2, "by-hand").statement.storePath;
    const before = host.reality.did.length;
    host.reality.bootMs += LEASE_MS + 1;
    await host.deadman();
    await host.run();
    expect(await outcomeOf(host)).toMatchObject({ code: "taken-over", reason: "person-acted" });
    expect(host.reality.did).toHaveLength(before);
  });

  it("refuses a commit after the deadline", async () => {
    await using host = await playHost();
    await inTrial(host);
    host.reality.bootMs += LEASE_MS;
    await host.renewSession();
    await host.drop(order("commit", 3));
    await host.run();
    expect(await outcomeOf(host)).toMatchObject({ code: "rolled-back", reason: "lease-expired" });
  });

  it("brings profile, boot default and running system back when the boot loader fails twice", async () => {
    await using host = await playHost();
    host.reality.onSwitch = (system, verb) => (verb === "boot" && system === NEW ? 1 : 0);
    await play(host, GOOD_DAY);
    expect(await outcomeOf(host)).toMatchObject({
      code: "rolled-back",
      reason: "bootloader-failed",
    });
    expect(host.reality).toMatchObject({ current: OLD, profile: OLD, bootDefault: OLD });
    expect(host.reality.did.filter((one) => one === `boot ${NEW}`)).toHaveLength(2);
  });

  it("reboots once when the way back fails, and is Inconsistent and locked when that does not help", async () => {
    await using host = await playHost();
    await inTrial(host);
    host.reality.onSwitch = () => 2;
    await host.drop(order("revert", 3));
    expect(await host.run()).toBe("rebooting");
    host.reality.bootDefault = NEW; // the old system is gone from the boot loader
    host.boot();
    await host.run();
    expect(await host.report()).toMatchObject({
      phase: "locked",
      outcome: { code: "inconsistent" },
    });
    expect(host.reality.did.filter((one) => one === "reboot")).toHaveLength(1);
    await host.drop(order("trial", 9, { attempt: 2 }));
    await host.run();
    expect((await host.report()).refusal?.code).toBe("host-locked");
  });

  it("ends a system that needs a reboot with nothing touched", async () => {
    await using host = await playHost();
    host.reality.rebootReasons = ["kernel"];
    await play(host, [stage, trial]);
    const outcome = await outcomeOf(host);
    expect(outcome).toMatchObject({
      code: "needs-reboot",
      reason: "reboot-required",
      message: "kernel",
    });
    expect(host.reality.did).toEqual([`pull ${NEW}`]);
  });

  it("boots into it only with an approval that names this host's risk", async () => {
    await using host = await playHost();
    host.reality.rebootReasons = ["kernel"];
    await host.drop(order("boot", 1, { approved: "no-way-back" }));
    await host.run();
    expect(await outcomeOf(host)).toMatchObject({ code: "rejected", reason: "boot-not-approved" });
    await host.drop(order("boot", 2, { approved: "one-shot", attempt: 2 }));
    expect(await host.run()).toBe("rebooting");
    expect(host.reality).toMatchObject({ bootDefault: OLD, profile: OLD, bootOnce: NEW });
    host.boot();
    await host.run();
    expect(await host.report()).toMatchObject({ phase: "in-trial", current: NEW, profile: OLD });
    expect(host.reality.isDeadmanArmed).toBe(true);
  });

  it("tries again after a pull that may pass, and not after one that may not", async () => {
    await using host = await playHost();
    host.reality.pullFails = new NixwaveError("cache-unreachable", "no route");
    await play(host, [stage]);
    expect(await host.report()).toMatchObject({
      phase: "staging",
      waiting: { code: "pull-backing-off" },
    });
    host.reality.bootMs += 3_600_000;
    host.reality.pullFails = new NixwaveError("nar-hash-mismatch", "other content");
    await host.run();
    expect(await outcomeOf(host)).toMatchObject({ code: "failed", reason: "nar-hash-mismatch" });
  });
});
