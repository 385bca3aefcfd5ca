import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recordDay } from "./sensor-days.ts";
import { withTable } from "./sensor-page.ts";
import { markdownOf, type Row, sensorTable } from "./sensor-table.ts";

describe("made sensor days", () => {
  const rows = sensorTable();
  const find = (quantity: Row["quantity"], fault: Row["fault"], gate: Row["gate"]): Row =>
    rows.find(
      (row) => row.quantity === quantity && row.fault === fault && row.gate === gate,
    ) as Row;

  it("are the same whenever they are made", () => {
    const plan = { seed: 7, quantity: "humidity", fault: "device" } as const;
    expect(recordDay(plan)).toEqual(recordDay(plan));
    expect(recordDay({ ...plan, seed: 8 })).not.toEqual(recordDay(plan));
  });

  it("are written in docs/sensor-gate.md as they come out: else run `npm run sensor-days`", () => {
    const page = readFileSync("docs/sensor-gate.md", "utf8");
    expect(withTable(page, markdownOf(rows))).toBe(page);
  });

  it("end every day in exactly one verdict", () => {
    for (const { days, ends } of rows) {
      expect(Object.values(ends).reduce((sum, count) => sum + count, 0)).toBe(days);
    }
  });

  it("never let a dead or frozen sensor pass", () => {
    const dead = rows.filter(({ fault }) => fault === "frozen" || fault === "silent");
    expect(dead).toHaveLength(12);
    expect(dead.map(({ ends }) => ends.Successful)).toEqual(Array<number>(12).fill(0));
  });

  it("show that a baseline finds more of a slow fault, and a control sensor calls fewer false alarms", () => {
    const slow = (gate: Row["gate"]): number => find("temperature", "device", gate).ends.Failed;
    const falseAlarms = (gate: Row["gate"]): number =>
      find("temperature", "none", gate).ends.Failed;
    expect(slow("limit and baseline")).toBeGreaterThan(2 * slow("limit"));
    expect(slow("limit, baseline and control")).toBeGreaterThan(2 * slow("limit"));
    expect(falseAlarms("limit, baseline and control")).toBeLessThan(
      falseAlarms("limit and baseline"),
    );
  });
});
