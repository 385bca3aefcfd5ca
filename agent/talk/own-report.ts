import {
  type EpochMs,
  type HostName,
  type HostReport,
  type Reported,
  type SessionId,
  WIRE_SPOKEN,
  type WitnessReport,
} from "../../src/contract/index.ts";
import type { OwnFacts } from "./own-facts.ts";

interface OwnReport {
  readonly host: HostName;
  /** Null as long as no activator has run here. */
  readonly report: HostReport | null;
  readonly facts: OwnFacts;
  readonly session: SessionId;
  readonly seq: number;
  readonly at: EpochMs;
  readonly version: string;
  /** What this host sees of others; empty where it is nobody's witness. */
  readonly witness?: readonly WitnessReport[];
}

/** `reported`: the activator's words about the attempt, the agent's own eyes for what runs. Pure. */
export function ownReport(own: OwnReport): Reported {
  const { host, report, facts, session, seq, at, version, witness = [] } = own;
  const { isClockSynchronised, ...seen } = facts;
  const { renewedAfterBootMs: _forTheAgent, ...said } = report ?? nothingKnown(host);
  return {
    ...{ ...said, ...seen, session, seq, at, agent: version },
    ...(report ? { drift: driftNow(report, facts) } : {}),
    ...(witness.length > 0 ? { witness } : {}),
    clock: isClockSynchronised ? "synchronised" : said.clock,
  };
}

/** At rest nobody runs the activator when a person switches: what it called standing is compared with what is there now. */
function driftNow(report: HostReport, facts: OwnFacts): NonNullable<Reported["drift"]> {
  const { drift = [], serial, phase, current, profile, mode } = report;
  if (mode === "observe") return []; // another agent deploys it, which is no person's change
  if (serial === 0 || (phase !== "idle" && phase !== "locked")) return drift;
  const unmovedProfile = drift.includes("profile") ? null : profile;
  const standing = drift.includes("current") ? unmovedProfile : current;
  if (standing === null) return drift;
  const moved: ("current" | "profile")[] = [];
  if (facts.current !== standing) moved.push("current");
  if (facts.profile !== standing) moved.push("profile");
  return moved;
}

/** Nothing is under way as far as anybody here knows, and nothing was ever accepted. */
const nothingKnown = (host: HostName): NothingKnown => ({
  ...{ v: 1, wire: WIRE_SPOKEN, host, phase: "idle", rollout: null, attempt: null, counter: 0 },
  ...{ target: null, outcome: null, refusal: null, serial: 0, floor: 0, rebootRequired: false },
  ...{ clock: "unsynchronised", renewedAfterBootMs: null },
});

type NothingKnown = Omit<HostReport, keyof OwnFacts>;
