import type { Action, Limits } from "../../../agent/decide/action.ts";
import type { Facts } from "../../../agent/decide/facts.ts";
import { DEFAULT_GUARDS } from "../../../agent/decide/guards.ts";
import { nextAction } from "../../../agent/decide/next-action.ts";
import {
  type EpochMs,
  type Journal,
  type OpenAttempt,
  parseSessionId,
  type StorePath,
  type Trial,
} from "../../../src/contract/index.ts";
import {
  EMPTY_JOURNAL,
  lasting,
  NOON,
  narHashFor,
  pathFor,
  ROLLOUT,
  sealStatement,
  statementOf,
} from "../../support/contract-builders.ts";

export const OLD: StorePath = pathFor("old");
export const NEW: StorePath = pathFor("new");
export const OTHER: StorePath = pathFor("other");
export const THIS_BOOT = parseSessionId("33333333-3333-4333-8333-333333333333");
export const LAST_BOOT = parseSessionId("44444444-4444-4444-8444-444444444444");
export const LEASE_MS = 600_000;
export const SWITCH_LIMIT_MS = 300_000;

export const limits: Limits = {
  mode: "active",
  switchLimitMs: lasting(SWITCH_LIMIT_MS),
  probeLimitMs: lasting(60_000),
  guards: DEFAULT_GUARDS,
  rebootToRecover: true,
};

export const openOf = (differences: Partial<OpenAttempt> = {}): OpenAttempt => ({
  rollout: ROLLOUT,
  attempt: 1,
  statement: sealStatement(statementOf("new")).digest,
  storePath: NEW,
  narHash: narHashFor("new"),
  serial: statementOf("new").serial,
  phase: "in-trial",
  previous: OLD,
  profileBefore: OLD,
  bootId: THIS_BOOT,
  lease: lasting(LEASE_MS),
  goal: "trial",
  origin: "hub",
  switchedBootMs: 1_000_000,
  ...differences,
});

export const trialOf = (differences: Partial<Trial> = {}): Trial => ({
  attempt: `${ROLLOUT}/1`,
  bootId: THIS_BOOT,
  prev: OLD,
  profile: OLD,
  target: NEW,
  deadlineMs: 1_000_000 + LEASE_MS,
  phase: "in-trial",
  rebootToRecover: true,
  ...differences,
});

/** A host that runs the new system on trial and boots the old one. */
export const factsOf = (differences: Partial<Facts> = {}): Facts => ({
  now: NOON as EpochMs,
  isClockSynchronised: true,
  bootId: THIS_BOOT,
  bootMs: 1_100_000,
  current: NEW,
  booted: OLD,
  profile: OLD,
  bootDefault: null,
  trial: trialOf(),
  isDeadmanArmed: true,
  run: { state: "none" },
  failedUnits: [],
  isTargetHere: true,
  areRootsHeld: true,
  rebootReasons: [],
  bootRisk: "one-shot",
  otherAgents: [],
  session: null,
  isOwnSystem: true,
  isNoticeDue: false,
  guards: {
    localMinute: 0,
    localDay: 0,
    isMetered: false,
    batteryPercent: null,
    sleepInhibitor: null,
    laterUntilBootMs: null,
  },
  ...differences,
});

export const journalOf = (open: Partial<OpenAttempt>): Journal => ({
  ...EMPTY_JOURNAL,
  open: openOf(open),
});

export const nextOf = (open: Partial<OpenAttempt>, facts: Partial<Facts>): Action =>
  nextAction(journalOf(open), factsOf(facts), limits);

/** What the action makes of the open attempt, `null` when it ends it. */
export const openAfter = (action: Action): OpenAttempt | null => {
  if (action.do !== "note") throw new Error(`it is no note: ${JSON.stringify(action)}`);
  return action.journal.open;
};
