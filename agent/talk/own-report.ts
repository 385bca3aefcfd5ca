import type {
  EpochMs,
  HostName,
  HostReport,
  Reported,
  SessionId,
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
}

/** `reported`: the activator's words about the attempt, the agent's own eyes for what runs. Pure. */
export function ownReport({ host, report, facts, session, seq, at, version }: OwnReport): Reported {
  const { isClockSynchronised, ...seen } = facts;
  const { renewedAfterBootMs: _forTheAgent, ...said } = report ?? nothingKnown(host);
  return {
    ...{ ...said, ...seen, session, seq, at, agent: version },
    clock: isClockSynchronised ? "synchronised" : said.clock,
  };
}

/** Nothing is under way as far as anybody here knows, and nothing was ever accepted. */
const nothingKnown = (host: HostName): NothingKnown => ({
  ...{ v: 1, wire: [1], host, phase: "idle", rollout: null, attempt: null, counter: 0 },
  ...{ target: null, outcome: null, refusal: null, serial: 0, floor: 0, rebootRequired: false },
  ...{ clock: "unsynchronised", renewedAfterBootMs: null },
});

type NothingKnown = Omit<HostReport, keyof OwnFacts>;
