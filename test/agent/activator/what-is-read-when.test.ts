import { writeFileSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Activator } from "../../../agent/activator/activator.ts";
import { writeCaBundle } from "../../../agent/activator/ca-bundle.ts";
import { gatherFacts, runKey } from "../../../agent/activator/gather-facts.ts";
import { openOrReport } from "../../../agent/activator/open-or-report.ts";
import type { ActivatorParts } from "../../../agent/activator/ports.ts";
import { NixwaveError, type OpenAttempt } from "../../../src/contract/index.ts";
import { NEW, OLD, playHost } from "./played-host.ts";
import { GOOD_DAY, order, play } from "./stories.ts";

async function runWith(parts: ActivatorParts) {
  const memory = await openOrReport(parts);
  return new Activator(parts, memory).run();
}

describe("what the activator reads at which moment", () => {
  it("finds no switch ended, and what ran before it, when it ends between two looks", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY.slice(0, 1));
    const parts = host.parts();
    const memory = await openOrReport(parts);
    const run = { verb: "test", count: 1 } as const;
    const open: OpenAttempt = {
      ...(memory.journal.open as OpenAttempt),
      ...{ phase: "activating", step: "switching", run },
    };
    await memory.keepJournal({ ...memory.journal, open });
    const { reality } = host;
    const key = runKey(open, run);
    reality.runs.set(key, { state: "running" });
    const failedUnits = () => {
      const before = reality.failedUnits;
      reality.current = NEW;
      reality.failedUnits = ["camera.service"];
      reality.runs.set(key, { state: "ended", end: { kind: "exited", status: 4 }, output: "" });
      return Promise.resolve(before);
    };
    const facts = await gatherFacts(
      { ...parts, machine: { ...parts.machine, failedUnits } },
      memory,
    );
    expect(facts).toMatchObject({ current: OLD, failedUnits: [], run: { state: "running" } });
  });

  it("reports the refusal of what came just before it ends", async () => {
    await using host = await playHost();
    const parts = host.parts();
    let reports = 0;
    const freeBytes = () => {
      reports += 1;
      if (reports === 1) writeFileSync(join(host.places.inbox, "desired"), "{}");
      return Promise.resolve(1);
    };
    await runWith({ ...parts, machine: { ...parts.machine, freeBytes } });
    expect((await host.report()).refusal?.code).toBe("invalid-field");
  });

  it("takes a pull for failed only when the new system's dry run has ended", async () => {
    await using host = await playHost();
    const { machine, closures, ...parts } = host.parts();
    let isRunning = false;
    const start: typeof machine.start = async (run) => {
      await machine.start(run);
      isRunning = true;
    };
    const ended = async (): Promise<void> => {
      await setImmediate();
      isRunning = false;
    };
    const changes = () => Promise.reject(new NixwaveError("nix-failed", "no diff"));
    const whileItRan: boolean[] = [];
    const say = (line: string): void => {
      if (line.includes("no diff")) whileItRan.push(isRunning);
    };
    await host.drop(order("stage", 1));
    await runWith({
      ...{ ...parts, say },
      machine: { ...machine, start, ended },
      closures: { ...closures, changes },
    });
    expect(whileItRan).toEqual([false]);
  });

  it("ends a pull, and says why, when mail that comes meanwhile cannot be taken", async () => {
    await using host = await playHost();
    const parts = host.parts();
    let isBroken = false;
    const isClockSynchronised = () =>
      isBroken ? Promise.reject(new Error("no clock answers")) : Promise.resolve(true);
    const fetch: ActivatorParts["closures"]["fetch"] = async (_wanted, _progress, signal) => {
      isBroken = true;
      await host.drop(order("revert", 2));
      const { promise, reject } = Promise.withResolvers<never>();
      const stop = (): void => reject(new Error("stopped"));
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
      return promise;
    };
    await host.drop(order("stage", 1));
    const machine = { ...parts.machine, isClockSynchronised };
    const closures = { ...parts.closures, fetch };
    await expect(runWith({ ...parts, machine, closures })).rejects.toThrow("no clock answers");
  });
});

describe("what the activator writes from an order to its switch", () => {
  it("is one change of the journal for each thing that is done, on disk before it, and the report once it runs", async () => {
    await using host = await playHost();
    const parts = host.parts();
    const done: string[] = [];
    const { accepted, ratchet, journal, trial, report } = host.places;
    const names = new Map([
      [`rename ${accepted}`, "order"],
      [`rename ${ratchet}`, "ratchet"],
      [`rename ${journal}`, "journal"],
      [`rename ${trial}`, "trial.v1"],
      [`rename ${report}`, "report"],
    ]);
    host.disk.beforeChange = (what) => {
      if (what.startsWith("rename")) done.push(names.get(what) ?? what);
    };
    const telling =
      <T extends unknown[], R>(name: string, work: (...all: T) => R) =>
      (...all: T): R => {
        done.push(name);
        return work(...all);
      };
    const { machine, closures } = parts;
    await host.drop(order("trial", 1));
    await runWith({
      ...parts,
      machine: {
        ...machine,
        armDeadman: telling("arm", machine.armDeadman),
        start: telling("start", machine.start),
      },
      closures: {
        ...closures,
        foresee: telling("foresee", closures.foresee),
        fetch: telling("fetch", closures.fetch),
      },
    });
    const until = done.lastIndexOf("start");
    expect(done.slice(done.indexOf("foresee"), until + 2)).toEqual([
      ...["foresee", "order", "ratchet", "journal", "report", "fetch", "start"],
      ...["journal", "trial.v1", "arm", "journal", "start", "report"],
    ]);
  });
});

describe("what a closure's fetch can find out ahead", () => {
  it("is not asked for an order that came before, nor while another attempt is open", async () => {
    await using host = await playHost();
    await play(host, GOOD_DAY.slice(0, 1));
    const parts = host.parts();
    const foreseen: string[] = [];
    const foresee: typeof parts.closures.foresee = async ({ storePath }) => {
      foreseen.push(storePath);
    };
    const run = () => runWith({ ...parts, closures: { ...parts.closures, foresee } });
    await host.drop(order("trial", 2));
    await run();
    await host.drop(order("revert", 3));
    await run();
    expect((await host.report()).phase).toBe("idle");
    await host.drop(order("revert", 3));
    await run();
    expect(foreseen).toEqual([]);
  });
});

describe("the bundle of authorities", () => {
  it("that the disk does not take is said, and keeps nobody from a way back", async () => {
    await using host = await playHost();
    await symlink("/dev/full", join(host.root, "ca-bundle.pem.new"));
    const said: string[] = [];
    expect(await writeCaBundle(host.root, "PEM", (line) => said.push(line))).toBeNull();
    expect(said.join()).toMatch(/caFile: .* could not be written: ENOSPC/);
  });
});
