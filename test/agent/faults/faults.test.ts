import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { NEW, OLD, playHost } from "../activator/played-host.ts";
import { nameOf } from "./fault-row.ts";
import { FAULT_ROWS, faultPage } from "./fault-table.ts";

describe("what happens when something fails", () => {
  it.each(FAULT_ROWS)("$phase: $fault", async (row) => {
    await using host = await playHost();
    await row.play(host);
    expect(host.safeAfterMs, "time to safe").toBeLessThanOrEqual(row.safeWithinMs);
    const report = await host.report();
    const { current, bootDefault } = host.reality;
    const ends = {
      runs: nameOf(current, OLD, NEW),
      boots: nameOf(bootDefault, OLD, NEW),
      outcome: report.outcome?.code ?? null,
      code: report.outcome?.reason ?? report.refusal?.code ?? report.waiting?.code ?? null,
    };
    const { runs, boots, outcome, code } = row;
    expect(ends, host.said.join("\n")).toEqual({ runs, boots, outcome, code });
  });

  it("is what docs/faults.md says (npm run faults)", () => {
    const page = fileURLToPath(new URL("../../../docs/faults.md", import.meta.url));
    expect(readFileSync(page, "utf8")).toBe(faultPage());
    expect(FAULT_ROWS.length).toBeGreaterThanOrEqual(40);
  });
});
