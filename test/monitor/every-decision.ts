import type { Decision } from "../../src/conductor/index.ts";
import { parseHoldSource, parseHostName, type Serial } from "../../src/contract/index.ts";
import { EFFECT_TYPES, newRolloutState, parsePlan, type Rollout } from "../../src/rollout/index.ts";
import {
  at,
  CHANNEL,
  counting,
  lasting,
  MINUTE_MS,
  NOON,
  pathFor,
  ROLLOUT,
  serialAt,
} from "../support/contract-builders.ts";

const rp4 = parseHostName("rp4");
const key = { rollout: ROLLOUT, host: rp4, attempt: 1 };
const PLAN = parsePlan({ hosts: ["rp4"] });
export const STATE = newRolloutState(PLAN, NOON);

const ROLLOUT_NOW: Rollout = {
  ...{ id: ROLLOUT, channel: CHANNEL, serial: serialAt(0) as Serial, title: "nixpkgs bump" },
  ...{ kind: "release", phase: "Progressing", completion: null, run: 1, strangers: [], why: null },
  ...{ startedAt: NOON, plan: PLAN, paused: [], draining: false, scope: null, approved: [] },
  ...{ skipSoak: false, superseded: false, final: null },
};
const ENDED: Rollout = { ...ROLLOUT_NOW, phase: "Completed", completion: "Promoted" };
const ORDER = {
  ...{ type: "Order", id: "o", at: NOON, ...key, goal: "trial", counter: counting(7) },
  ...{ statement: "0".repeat(64) as never, lease: lasting(MINUTE_MS) },
  ...{ rollback: false, retry: false, approved: null },
} as const satisfies Decision;

/** One of each kind. */
export const EVERY: { readonly [T in Decision["type"]]: Extract<Decision, { type: T }> } = {
  Order: ORDER,
  RolloutStarted: { type: "RolloutStarted", id: "rs", at: NOON, rollout: ROLLOUT_NOW },
  RolloutEnded: { type: "RolloutEnded", id: "re", at: NOON, rollout: ENDED },
  StepStarted: {
    ...{ type: "StepStarted", id: "s", at: NOON, ...key },
    ...{ target: pathFor("new"), resumed: false },
  },
  HostEnded: {
    ...{ type: "HostEnded", id: "h", at: at(5 * MINUTE_MS), ...key, state: "RolledBack" },
    why: { code: "said", said: "bedroom 17.1 °C, was 20.4 °C" },
  },
  GateAsked: { type: "GateAsked", id: "g", at: NOON, ...key, place: "soak" },
  Paused: {
    ...{ type: "Paused", id: "p", at: NOON, condition: "Hold" },
    why: { code: "held-by", source: parseHoldSource("dash") },
  },
  Resumed: { type: "Resumed", id: "r", at: NOON, condition: "Hold" },
  ReleaseTaken: { type: "ReleaseTaken", at: NOON, serial: serialAt(0), title: "nixpkgs bump" },
  ReleaseRefused: {
    ...{ type: "ReleaseRefused", at: NOON, serial: null, code: "signature-invalid" },
    said: "no key of this home has signed it",
  },
  ReleaseRecorded: {
    ...{ type: "ReleaseRecorded", id: "rr", at: NOON, serial: serialAt(0), title: null },
    why: { code: "changes-nothing" },
  },
  DriftSeen: { type: "DriftSeen", id: "d", at: NOON, host: rp4, current: pathFor("other") },
  HoldIsOld: {
    type: "HoldIsOld",
    id: "ho",
    at: NOON,
    source: parseHoldSource("dash"),
    since: NOON,
  },
  ReconnectAsked: { type: "ReconnectAsked", id: "ra", at: NOON, host: rp4 },
  GateJudged: {
    ...{ type: "GateJudged", at: NOON, ...key, place: "soak", verdict: "Failed" },
    why: "bedroom is 17.1",
  },
  Asked: {
    ...{ type: "Asked", at: NOON, asked: { verb: "hold", by: "anna", host: null } },
    answer: { accepted: true, code: null, message: "held" },
  },
};

/** The effects of the rollout's own list, and what is told beside them. */
export const KINDS: readonly Decision["type"][] = [
  ...EFFECT_TYPES,
  ...(["ReleaseTaken", "ReleaseRefused", "GateJudged", "Asked"] as const),
];
