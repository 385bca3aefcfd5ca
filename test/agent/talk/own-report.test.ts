import { describe, expect, it } from "vitest";
import { ownReport } from "../../../agent/talk/own-report.ts";
import { type HostReport, parseSessionId } from "../../../src/contract/index.ts";
import { HOST, NOON, pathFor, reportedOf } from "../../support/contract-builders.ts";

const OLD = pathFor("old");
const BY_HAND = pathFor("by-hand");
const session = parseSessionId("44444444-4444-4444-8444-444444444444");

const own = (said: Partial<HostReport>, seen: { current?: typeof OLD; profile?: typeof OLD }) =>
  ownReport({
    ...{ host: HOST, session, seq: 1, at: NOON, version: "0.1.0" },
    report: {
      ...reportedOf("old"),
      ...{ renewedAfterBootMs: null, phase: "idle", serial: 5, drift: [], ...said },
    },
    facts: {
      ...{ bootId: session, current: OLD, booted: OLD, profile: OLD, freeBytes: 1 },
      ...{ isClockSynchronised: true, ...seen },
    },
  });

describe("what the agent says of its host", () => {
  it("shows as drift what a person changed since the activator last looked", () => {
    expect(own({}, {}).drift).toEqual([]);
    expect(own({}, { current: BY_HAND }).drift).toEqual(["current"]);
    expect(own({}, { current: BY_HAND, profile: BY_HAND }).drift).toEqual(["current", "profile"]);
  });

  it("is no drift where the host only observes: another agent deploys it", () => {
    const observing = { mode: "observe" } as const;
    expect(own(observing, { current: BY_HAND, profile: BY_HAND }).drift).toEqual([]);
  });

  it("ends a drift that a person took back", () => {
    const seen = { current: BY_HAND, drift: ["current"] } as const;
    expect(own(seen, { current: OLD }).drift).toEqual([]);
  });

  it("leaves a drift to the activator while an attempt is under way, and where nothing was ever committed", () => {
    expect(own({ phase: "in-trial" }, { current: BY_HAND }).drift).toEqual([]);
    expect(own({ serial: 0 }, { current: BY_HAND }).drift).toEqual([]);
  });
});
