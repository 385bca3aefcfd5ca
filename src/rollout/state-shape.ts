import {
  NixwaveError,
  parseChannel,
  parseHoldSource,
  parseHostName,
  parseNarHash,
  parseRolloutId,
  parseSessionId,
  parseStorePath,
} from "../contract/index.ts";
import { type Check, flag, list, nullable, oneOf, parsed, shape, text, whole } from "./check.ts";
import { reason } from "./reason-shape.ts";
import {
  COMPLETIONS,
  END_STATES,
  GATE_PLACES,
  HOST_STATES,
  PAUSE_CONDITIONS,
  ROLLOUT_PHASES,
  VERDICTS,
} from "./words.ts";
import { zoneExists } from "./zone-time.ts";

const host = parsed(parseHostName);
const session = parsed(parseSessionId);
const path = parsed(parseStorePath);
const rolloutId = parsed(parseRolloutId);
const digest = parsed((value) => must(/^[0-9a-f]{64}$/.test(value), "must be a SHA-256 in hex"));
const zone = parsed((value) => must(zoneExists(value), "must be an IANA time zone"));

function must(holds: boolean, what: string): void {
  if (!holds) throw new NixwaveError("rollout-state-invalid", what);
}

const plannedHost = shape({
  ...{ host, after: list(host), awaitedBy: list(host), group: whole, asked: flag, optional: flag },
  reboot: oneOf("ask", "never"),
  carries: list(oneOf("broker", "hub")),
});
const timeWindow = shape({ days: list(oneOf(0, 1, 2, 3, 4, 5, 6)), from: whole, to: whole });
const windows = shape({ zone, allow: list(timeWindow), deny: list(timeWindow) });
const group = shape({
  ...{ name: text, hosts: list(plannedHost), from: whole, parallel: whole },
  approval: oneOf("none", "group", "host"),
  ...{ reboot: oneOf("ask", "never"), windows: nullable(windows) },
});

export const plan: Check = shape({
  ...{ groups: list(group), carriersFrom: whole },
  start: oneOf("automatic", "manual"),
  conduct: oneOf("default", "flow"),
  gates: list(oneOf(...GATE_PLACES)),
  ...{
    soak: whole,
    lease: whole,
    maxTrial: whole,
    rebootAllowance: whole,
    settle: whole,
    stageTimeout: whole,
    grace: whole,
    holdFor: whole,
  },
  onFailure: oneOf("ask", "stop", "roll-back"),
  catchUp: oneOf("automatic", "never"),
  windows,
});

const closureFields = {
  ...{ target: path, statement: digest, serial: whole },
  narHash: nullable(parsed(parseNarHash)),
};
const closure = shape(closureFields);
const missedFields = { ...closureFields, title: nullable(text) };
const verdict = nullable(oneOf(...VERDICTS));

const order = shape({
  goal: oneOf("stage", "trial", "boot", "commit", "revert"),
  ...{ counter: whole, taken: flag, resendAt: whole },
});

const bootRisk = nullable(oneOf("one-shot", "no-way-back"));
const lease = shape({ since: whole, lasts: whole, extendAt: nullable(whole) });

const step = shape({
  ...closureFields,
  state: oneOf(...HOST_STATES),
  ...{ why: nullable(reason), since: whole, attempt: whole, unmet: whole, order: nullable(order) },
  ...{ started: flag, trialAsked: flag, preflight: nullable(oneOf(...VERDICTS, "Asked")) },
  ...{ soak: verdict, approved: flag, waived: flag, back: flag, retry: flag },
  ...{ unsure: flag, stageBy: nullable(whole), soakUntil: nullable(whole) },
  ...{ boot: bootRisk, lease: nullable(lease) },
  ...{ silentAt: nullable(whole), bootId: nullable(session) },
  before: shape({ host: nullable(session), hub: nullable(session) }),
});

export const hostEntry: Check = shape({
  ...{ host, planned: plannedHost, online: flag, sessions: list(session), seq: whole },
  bootRisk,
  ...{ current: nullable(path), good: list(closure), offered: nullable(closure) },
  drift: oneOf("none", "drifted", "taken-over"),
  ...{
    locked: flag,
    clockUnset: flag,
    held: flag,
    missed: nullable(shape({ ...missedFields, before: nullable(shape(missedFields)) })),
  },
  tried: nullable(shape({ rollout: rolloutId, attempts: whole })),
  step: nullable(step),
});

const pause = shape({ condition: oneOf(...PAUSE_CONDITIONS), since: whole, why: reason });

const rollout = shape({
  ...{ id: rolloutId, channel: parsed(parseChannel), serial: whole, title: nullable(text) },
  kind: oneOf("release", "catch-up"),
  phase: oneOf(...ROLLOUT_PHASES),
  completion: nullable(oneOf(...COMPLETIONS)),
  ...{ run: whole, strangers: list(host), why: nullable(reason), startedAt: whole, plan },
  ...{ paused: list(pause), draining: flag, approved: list(text), skipSoak: flag },
  scope: nullable(oneOf("failed", "group", "all")),
  ...{ superseded: flag, final: verdict },
});

const offered: Check = (value, where) => {
  const { serial, narHash, ...rest } = (value ?? {}) as Record<string, unknown>;
  shape({ host, target: path, statement: digest })(rest, where);
  if (serial !== undefined) whole(serial, `${where}/serial`);
  if (narHash !== undefined) parsed(parseNarHash)(narHash, `${where}/narHash`);
};
const release = shape({
  ...{ channel: parsed(parseChannel), serial: whole, title: nullable(text), hosts: list(offered) },
});

const key = { rollout: rolloutId, host, attempt: whole };
const ANNOUNCEMENTS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  RolloutStarted: { rollout },
  RolloutEnded: { rollout },
  StepStarted: { ...key, target: path, resumed: flag },
  HostEnded: { ...key, state: oneOf(...END_STATES), why: nullable(reason) },
  GateAsked: { ...key, place: oneOf(...GATE_PLACES), host: nullable(host) },
  Paused: { condition: oneOf(...PAUSE_CONDITIONS), why: reason },
  Resumed: { condition: oneOf(...PAUSE_CONDITIONS) },
  ReleaseRecorded: { serial: whole, title: nullable(text), why: reason },
  DriftSeen: { host, current: nullable(path) },
  HoldIsOld: { source: parsed(parseHoldSource), since: whole },
  ReconnectAsked: { host },
};

const announcement: Check = (value, where) => {
  const { type } = (value ?? {}) as { readonly type?: unknown };
  oneOf(...Object.keys(ANNOUNCEMENTS))(type, `${where}/type`);
  shape({ type: text, id: text, at: whole, ...ANNOUNCEMENTS[String(type)] })(value, where);
};

const windowNow = {
  ...{ open: flag, from: whole, changesAt: nullable(whole), opensAt: nullable(whole) },
};

const hold = shape({
  ...{ source: parsed(parseHoldSource), host: nullable(host), since: whole },
  ...{ until: nullable(whole), remindAt: whole },
});

/** All but the hosts. */
export const stateFields: Readonly<Record<string, Check>> = {
  ...{ v: oneOf(5), plan, at: whole, newestSerial: whole, lastCounter: whole },
  ...{ session: nullable(session), clockSynchronised: flag },
  fenced: nullable(shape({ instance: session, since: whole })),
  reconciling: nullable(shape({ since: whole, until: whole })),
  holds: list(hold),
  window: shape(windowNow),
  groupWindows: list(shape({ group: whole, ...windowNow })),
  rollout: nullable(rollout),
  next: nullable(shape({ release, settledAt: whole, asked: flag, now: flag })),
  outbox: list(announcement),
};
