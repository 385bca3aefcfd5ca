import { describe, expect, test } from "vitest";
import { openChronicle } from "../../src/cli/demo/chronicle.ts";
import { observedTable } from "../../src/cli/demo/observed-table.ts";
import { parseRolloutId } from "../../src/contract/index.ts";
import {
  nuc,
  pathIn,
  releaseOf,
  reportIn,
  rolledBack,
  rp4,
  sightOf,
  statusOf,
  succeeded,
} from "./demo-sights.ts";

const hold = { condition: "Hold", since: 1 as never, why: "held by wall" };
const failure = { condition: "HostFailure", since: 1 as never, why: "rp4: RolledBack" };

describe("what the demo remembers for its table", () => {
  test("is how attempts ended, once each, with the path that the host runs", () => {
    const chronicle = openChronicle(releaseOf);
    const kept = reportIn(rp4, 1, { outcome: succeeded });
    chronicle.look(sightOf({ reports: [reportIn(rp4, 0, { phase: "in-trial" })] }));
    expect(chronicle.seen).toEqual([]);
    chronicle.look(sightOf({ reports: [kept] }));
    chronicle.look(sightOf({ reports: [{ ...kept, seq: 99 }] }));
    expect(chronicle.seen).toEqual([
      { release: 1, who: "rp4", what: "kept", runs: pathIn(rp4, 1) },
    ]);
  });

  test("is of what was undone the reason that the hub gives, also when it comes later", () => {
    const chronicle = openChronicle(releaseOf);
    const reports = [reportIn(rp4, 1, { target: pathIn(rp4, 2), outcome: rolledBack })];
    chronicle.look(sightOf({ reports }));
    expect(chronicle.seen[0]?.what).toBe("undone: revert-ordered");
    const why = "17.4, should be above 18; 2 of the last 3 readings failed";
    const hosts = [{ host: rp4, state: "RolledBack", why }];
    chronicle.look(sightOf({ reports, status: statusOf({ hosts }) }));
    const next = statusOf({ rollout: parseRolloutId("r-2"), hosts: [] });
    chronicle.look(sightOf({ reports, status: next }));
    const what = "undone: 17.4, should be above 18";
    expect(chronicle.seen).toEqual([{ release: 2, who: "rp4", what, runs: pathIn(rp4, 1) }]);
  });

  test("is a hold while nothing else stops the rollout, and no attempt that was merely called off", () => {
    const chronicle = openChronicle(releaseOf);
    const canceled = { code: "canceled", reason: "revert-ordered", message: "" } as const;
    const reports = [reportIn(nuc, 1, { outcome: canceled })];
    chronicle.look(sightOf({ reports, status: statusOf({ paused: [failure, hold] }) }));
    expect(chronicle.seen).toEqual([]);
    chronicle.look(sightOf({ status: statusOf({ title: "3: the fix", paused: [hold] }) }));
    const what = "held by wall: nothing new may begin";
    expect(chronicle.seen).toEqual([{ release: 3, who: "hub", what, runs: null }]);
  });
});

describe("the table at the end of the demo", () => {
  const observed = [
    { release: 1, who: "rp4", what: "kept", runs: pathIn(rp4, 1) },
    { release: null, who: "hub", what: `undone: ${"long ".repeat(30)}`, runs: null },
  ];
  const generations = new Map([
    ["rp4", [1, 2]],
    ["x1", []],
  ]);

  test("has whole store paths and the generations of each host", () => {
    const lines = observedTable(observed, generations, false).split("\n");
    expect(lines[0]).toMatch(/^RELEASE +WHO +WHAT HAPPENED +RUNS NOW$/);
    expect(lines[1]).toMatch(new RegExp(`^1 +rp4 +kept +${pathIn(rp4, 1)}$`));
    expect(lines[2]).toMatch(/^ +hub +undone: long .*\.\.\.$/);
    expect(lines.slice(-3)).toEqual(["HOST  GENERATIONS", "rp4   1, 2", "x1    none"]);
  });

  test("marks each row of a simulated host, and not what the real hub did", () => {
    const lines = observedTable(observed, generations, true).split("\n");
    const marked = lines.filter((line) => line.includes("SIMULATED"));
    expect(marked.map((line) => line.trim().split(/ +/)[0])).toEqual(["1", "rp4", "x1"]);
  });
});
