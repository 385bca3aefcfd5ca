import { describe, expect, it } from "vitest";
import type { ChangeSummary } from "../../../agent/decide/facts.ts";
import { afterPull } from "../../../agent/decide/next-stage.ts";
import type { ErrorCode, Journal, OpenAttempt } from "../../../src/contract/index.ts";
import { EMPTY_JOURNAL, NOON } from "../../support/contract-builders.ts";
import { factsOf, journalOf, LAST_BOOT, THIS_BOOT } from "./host-view.ts";
import { ended, fresh, guarded, LAPTOP, staged, staging } from "./staging-cases.ts";

describe("staging", () => {
  it("pulls", () => {
    expect(staging()).toEqual({ do: "pull" });
    expect(staging({ open: { goal: "stage" } })).toEqual({ do: "pull" });
  });

  it("is canceled by a revert, whatever else holds it back", () => {
    const facts = guarded({ isMetered: true });
    const action = staging({ open: { goal: "revert" }, facts, limits: { guards: LAPTOP } });
    expect(ended(action)).toMatchObject({ code: "canceled", reason: "revert-ordered" });
  });

  it("waits on a laptop's metered link, and looks again", () => {
    const facts = guarded({ isMetered: true });
    expect(staging({ facts, limits: { guards: LAPTOP } })).toMatchObject({
      ...{ do: "rest", waiting: { code: "link-metered" }, againInMs: 60_000 },
    });
    expect(staging({ facts })).toEqual({ do: "pull" });
  });

  const failedOnce = {
    ...{ pulls: 1, retryAtBootMs: 1_105_000, bootId: THIS_BOOT },
    cause: { code: "cache-unreachable", message: "no route" },
  } as const;

  it("waits after a failed pull, and says why and until when", () => {
    expect(staging({ open: failedOnce })).toEqual({
      ...{ do: "rest", againInMs: 5000 },
      waiting: { code: "pull-backing-off", message: "no route", until: NOON + 5000 },
    });
  });

  it.each([
    ["the time has come", { bootMs: 1_105_000 }],
    ["the host started again, whose boot time counts from zero", { bootId: LAST_BOOT }],
  ])("tries again when %s", (_when, facts) => {
    expect(staging({ open: failedOnce, facts })).toEqual({ do: "pull" });
  });
});

describe("what a pull found out", () => {
  const summary: ChangeSummary = {
    ...{ downloadBytes: 1, unpackedBytes: 2, packages: [], packagesTotal: 3 },
    ...{ stop: ["a.service"], restart: ["b.service"], start: [], reload: [], unitsTotal: 2 },
  };
  const failing = (code: ErrorCode, open: Partial<OpenAttempt> = {}): Journal =>
    afterPull(
      { ...EMPTY_JOURNAL, open: fresh({ phase: "staging", ...open }) },
      { isHere: false, code, message: "\u001b[31mit" },
      factsOf(),
    );

  it("is staged with its summary when it is here", () => {
    const journal = afterPull(
      journalOf({ phase: "staging" }),
      { isHere: true, summary },
      factsOf(),
    );
    expect(journal.open).toMatchObject({ phase: "staged", summary });
  });

  it.each(["staged", "activating", "in-trial", "committing", "reverting", "rebooting"] as const)(
    "changes nothing of an attempt that is %s by now",
    (phase) => {
      const journal = journalOf({ phase });
      expect(afterPull(journal, { isHere: true, summary }, factsOf())).toBe(journal);
    },
  );

  it("changes nothing of a journal with nothing open", () => {
    expect(afterPull(EMPTY_JOURNAL, { isHere: true, summary }, factsOf())).toBe(EMPTY_JOURNAL);
  });

  it("is tried again, later each time, after what may pass by itself", () => {
    const once = failing("cache-unreachable").open;
    expect(once).toMatchObject({ phase: "staging", pulls: 1, bootId: THIS_BOOT });
    expect(once?.cause).toEqual({ code: "cache-unreachable", message: " [31mit" });
    const twice = failing("cache-unreachable", { pulls: 1 }).open;
    expect(twice?.pulls).toBe(2);
    expect(twice?.retryAtBootMs).toBeGreaterThan(once?.retryAtBootMs ?? Number.NaN);
  });

  it("ends the attempt after what needs a person", () => {
    const outcome = { code: "failed", reason: "wrong-host" };
    expect(failing("wrong-host" as ErrorCode).closed).toMatchObject([{ outcome }]);
    expect(failing("closure-missing", { pulls: 5 }).open).toBeNull();
  });

  const observe = { mode: "observe" } as const;
  it("is what an observing host says it would have done", () => {
    expect(ended(staged({ open: { summary }, limits: observe }))).toMatchObject({
      ...{ code: "rejected", reason: "observe-mode" },
      message: "would change 3 packages and touch 2 units (a.service, b.service)",
    });
  });

  it("is said as soon as everything is here: for that it needs no turn", () => {
    const open = { summary, goal: "stage" } as const;
    expect(ended(staged({ open, limits: observe }))).toMatchObject({ reason: "observe-mode" });
    const back = { ...open, goal: "revert" } as const;
    expect(ended(staged({ open: back, limits: observe }))).toMatchObject({ code: "canceled" });
  });

  it("is nothing much when it was not summed up, and the reboot is named", () => {
    expect(ended(staged({ limits: observe, facts: { rebootReasons: ["kernel"] } }))).toMatchObject({
      message: "would change 0 packages and touch 0 units; needs a reboot: kernel",
    });
  });
});
