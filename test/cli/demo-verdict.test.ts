import { describe, expect, it } from "vitest";
import { sayReport } from "../../src/cli/demo/narrate.ts";
import { missing, verdictOf } from "../../src/cli/demo/verdict.ts";
import {
  HOST_PHASES,
  OUTCOMES,
  type Reported,
  type RolloutStatus,
} from "../../src/contract/index.ts";
import {
  CHANNEL,
  HOST,
  HUB,
  NOON,
  pathFor,
  ROLLOUT,
  reportedOf,
} from "../support/contract-builders.ts";

const after = pathFor("new");
const expected = [{ host: HOST, after }];
const succeeded = { code: "succeeded", reason: null, message: "" } as const;
const good = reportedOf("new", { target: after, outcome: succeeded });
const status = (phase: string, completion: string | null): RolloutStatus => ({
  ...{ v: 1, hub: HUB, rollout: ROLLOUT, channel: CHANNEL, serial: null, title: null },
  ...{ phase, completion, paused: [], hosts: [], why: "because", at: NOON },
});
const heard = (report?: Reported) => new Map(report ? [[HOST, report]] : []);

describe("the demo's verdict", () => {
  it("is good when the hub is done and the host itself reported the path as running and kept", () => {
    expect(verdictOf(expected, heard(good), status("Completed", "Promoted")).kind).toBe("deployed");
  });

  it.each([
    ["the host is silent", undefined],
    ["another path runs", { ...good, current: pathFor("old") }],
    ["the profile was not set", { ...good, profile: pathFor("old") }],
    ["it speaks of another path", { ...good, target: pathFor("old") }],
    ["it has no outcome", { ...good, outcome: null }],
    ["it failed", { ...good, outcome: { code: "failed", reason: null, message: "" } as const }],
  ])("is not good when %s, whatever the hub says", (_name, report) => {
    expect(verdictOf(expected, heard(report), status("Completed", "Promoted")).kind).toBe(
      "waiting",
    );
    expect(missing(expected, heard(report))).toContain("rp4");
  });

  it("is not good on the hosts' word alone", () => {
    expect(verdictOf(expected, heard(good), null).kind).toBe("waiting");
    expect(verdictOf(expected, heard(good), status("Progressing", null)).kind).toBe("waiting");
  });

  it("is bad, with the reason, when the rollout was stopped", () => {
    expect(verdictOf(expected, heard(good), status("Completed", "Aborted"))).toEqual({
      kind: "failed",
      why: "the rollout ended as Aborted: because",
    });
  });
});

describe("what the demo tells of a host", () => {
  it("has words for every phase and every outcome", () => {
    const said = [
      ...HOST_PHASES.map((phase) => sayReport(reportedOf("new", { phase }))),
      ...OUTCOMES.map((code) =>
        sayReport(reportedOf("new", { outcome: { code, reason: null, message: "" } })),
      ),
    ];
    expect(new Set(said).size).toBe(said.length);
  });

  it("says the code of a refusal", () => {
    const refusal = { code: "order-stale", message: "late", counter: 1, at: NOON };
    expect(sayReport(reportedOf("new", { refusal }))).toContain("order-stale");
  });
});
