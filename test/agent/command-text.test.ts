import { describe, expect, it } from "vitest";
import { historyText, statusText } from "../../agent/command/status-text.ts";
import type { HostReport } from "../../src/contract/index.ts";
import { EMPTY_JOURNAL, NOON, pathFor, reportedOf } from "../support/contract-builders.ts";

const report = (differences: Partial<HostReport> = {}): HostReport => ({
  ...reportedOf("old"),
  renewedAfterBootMs: null,
  ...differences,
});

describe("what nixwave-agent prints", () => {
  it("says what runs, what boots, and that nothing is under way", () => {
    const text = statusText({ report: report(), trial: null, bootMs: 0 });
    expect(text).toContain("rp4 at rest");
    expect(text).toContain(`runs     nixos-system-rp4-26.05  ${pathFor("old")}`);
  });

  it("says how long a trial's lease lasts, and what it waits for", () => {
    const trial = { phase: "in-trial", deadlineMs: 125_000 } as never;
    const waiting = { code: "session-too-old", message: "a new connection", until: null };
    const text = statusText({
      report: report({ phase: "in-trial", waiting }),
      trial,
      bootMs: 60_000,
    });
    expect(text).toContain("lease    1 min 5 s left, then the host goes back by itself");
    expect(text).toContain("waits    session-too-old: a new connection");
  });

  it("names drift, a needed reboot, a refusal and the last end", () => {
    const text = statusText({
      report: report({
        ...{ rebootRequired: true, rebootReasons: ["kernel"], drift: ["current"] },
        outcome: { code: "rolled-back", reason: "probe-failed", message: "camera: no picture" },
        refusal: { code: "order-stale", message: "late", counter: 1, at: NOON },
      }),
      ...{ trial: null, bootMs: 0 },
    });
    for (const part of [
      "reboot   needed: kernel",
      "drift    changed by hand: current",
      "last     rolled-back, probe-failed: camera: no picture",
      "refused  order-stale: late",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("tells the history, newest first, and that there is none", () => {
    expect(historyText(EMPTY_JOURNAL)).toBe("nothing has ended here yet\n");
    const entry = (attempt: number, code: "succeeded" | "failed") => ({
      ...{ rollout: "r-1" as never, attempt, storePath: pathFor("new"), serial: NOON as never },
      ...{ outcome: { code, reason: null, message: "" }, at: NOON },
    });
    const history = [entry(1, "failed"), entry(2, "succeeded")];
    const [first, second] = historyText({ ...EMPTY_JOURNAL, history }).split("\n");
    expect(first).toContain("succeeded");
    expect(second).toContain("failed");
  });
});
