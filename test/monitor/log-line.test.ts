import { describe, expect, it } from "vitest";
import { decidedWhy } from "../../src/conductor/decided-why.ts";
import type { Decision } from "../../src/conductor/index.ts";
import { logLine } from "../../src/monitor/index.ts";
import { EVERY, KINDS, STATE } from "./every-decision.ts";

const lineOf = (decision: Decision): string =>
  logLine({ decision, why: decidedWhy(decision, STATE) });

/** logfmt, read back: what Loki and people's tools make of a line. */
function fieldsIn(line: string): ReadonlyMap<string, string> {
  const fields = [...line.matchAll(/([a-z]+)=("(?:[^"\\]|\\.)*"|[^\s"]+)(?: |$)/g)];
  expect(fields.map(([text]) => text).join("")).toBe(line);
  return new Map(
    fields.map(([, name = "", value = ""]) => [
      name,
      value.startsWith('"') ? (JSON.parse(value) as string) : value,
    ]),
  );
}

describe("a decision in the log", () => {
  it.each(KINDS)("%s is one line of logfmt with its reason and its time", (kind) => {
    const decision = EVERY[kind];
    const line = lineOf(decision);
    const fields = fieldsIn(line);
    expect(fields.get("decision")).toBe(kind);
    expect(fields.get("why")).not.toBe("");
    expect(fields.get("why")).not.toMatch(/undefined|null|\[object/);
    expect(fields.get("at")).toBe(new Date(decision.at).toISOString());
    for (const name of ["rollout", "host", "attempt"] as const) {
      const value = (decision as unknown as Record<string, unknown>)[name];
      if (typeof value === "string" || typeof value === "number") {
        expect(fields.get(name)).toBe(String(value));
      }
    }
  });

  it("reads like this", () => {
    expect(lineOf(EVERY.HostEnded)).toBe(
      'decision=HostEnded rollout=r-1 host=rp4 attempt=1 state=RolledBack why="bedroom 17.1 °C, was 20.4 °C" at=2026-07-14T12:05:00.000Z',
    );
  });

  it.each([
    ["stage", {}, "the release names it"],
    ["stage", { retry: true }, "somebody asked to try it again"],
    ["trial", {}, "its turn has come"],
    ["boot", { approved: "one-shot" }, "its reboot was approved (one-shot)"],
    ["commit", {}, "the trial is to be kept"],
    ["revert", {}, "the trial is to be undone"],
    ["trial", { rollback: true }, "it returns to what it had"],
  ] as const)("an order to %s %j says why it goes out", (goal, more, why) => {
    expect(decidedWhy({ ...EVERY.Order, goal, ...more }, STATE)).toBe(why);
  });

  it("a refused wish says who asked and why it was refused", () => {
    const answer = { accepted: false, code: "request-refused", message: "nobody waits" };
    const fields = fieldsIn(lineOf({ ...EVERY.Asked, answer }));
    expect(fields.get("by")).toBe("anna");
    expect(fields.get("why")).toBe("refused (request-refused): nobody waits");
  });

  it("cannot be forged or made long by somebody's own words", () => {
    const said = `ok"\nwhy=fine decision=Order \u2028 \u202e${"x".repeat(5_000)}`;
    const line = logLine({ decision: { ...EVERY.GateJudged, why: said }, why: said });
    expect(line).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    const fields = fieldsIn(line);
    expect([fields.get("decision"), fields.get("why")?.slice(0, 9)]).toEqual([
      "GateJudged",
      'ok" why=f',
    ]);
    expect(line.length).toBeLessThan(1_000);
  });

  it("holds no signature, no key and no statement", () => {
    const all = KINDS.map((kind) => lineOf(EVERY[kind])).join("\n");
    expect(all).not.toContain("0".repeat(64));
  });
});
