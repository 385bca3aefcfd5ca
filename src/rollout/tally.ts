import type { EpochMs } from "../contract/index.ts";
import type { HostEntry, HostStep } from "./host-entry.ts";
import { isBad, isEnd, isStaged, isTrial } from "./words.ts";

/** What is counted of a host or of many, and the earliest deadline (NEVER for none). */
export interface Tally {
  /** Have a step that has not ended. */
  readonly open: number;
  /** The next group waits for them. */
  readonly needed: number;
  /** The rollout's end waits for them. */
  readonly pending: number;
  /** Still fetching, and the first trial waits for them. */
  readonly fetching: number;
  /** May begin at once, as far as they themselves go. */
  readonly ready: number;
  /** Would be ready, but a person has to say so. */
  readonly asking: number;
  /** The same, because somebody holds the host. */
  readonly held: number;
  /** Hold a slot, and the flow has asked for their trial. */
  readonly asked: number;
  /** Hold a slot. */
  readonly trial: number;
  /** Went wrong, and nobody has said yet how to go on. */
  readonly failed: number;
  /** Need a reboot that a person may approve. */
  readonly reboots: number;
  readonly silent: number;
  /** Not heard since the hub restarted. */
  readonly unsure: number;
  /** Ended, but neither in the new system nor for lack of change. */
  readonly partial: number;
  readonly succeeded: number;
  /** Have the new system, by this rollout or before. */
  readonly well: number;
  readonly rejected: number;
  /** Should have returned to what they had, and did not. */
  readonly notBack: number;
  readonly preflightFailed: number;
  readonly inconclusive: number;
  readonly gateError: number;
  readonly online: number;
  /** Have missed a release, and could take it now. */
  readonly behind: number;
  readonly dueAt: EpochMs;
}

export type Counted = Exclude<keyof Tally, "dueAt">;

export const NEVER = Number.MAX_SAFE_INTEGER as EpochMs;

type Mutable = { -readonly [K in keyof Tally]: Tally[K] };
/** One literal: made of spread pieces, a step takes half as long again (bench, reduce-10). */
const zero = (): Mutable => ({
  open: 0,
  needed: 0,
  pending: 0,
  fetching: 0,
  ready: 0,
  asking: 0,
  held: 0,
  asked: 0,
  trial: 0,
  failed: 0,
  reboots: 0,
  silent: 0,
  unsure: 0,
  partial: 0,
  succeeded: 0,
  well: 0,
  rejected: 0,
  notBack: 0,
  preflightFailed: 0,
  inconclusive: 0,
  gateError: 0,
  online: 0,
  behind: 0,
  dueAt: NEVER,
});

export function sum(tallies: readonly Tally[]): Tally {
  const total = zero();
  for (const one of tallies) {
    total.open += one.open;
    total.needed += one.needed;
    total.pending += one.pending;
    total.fetching += one.fetching;
    total.ready += one.ready;
    total.asking += one.asking;
    total.held += one.held;
    total.asked += one.asked;
    total.trial += one.trial;
    total.failed += one.failed;
    total.reboots += one.reboots;
    total.silent += one.silent;
    total.unsure += one.unsure;
    total.partial += one.partial;
    total.succeeded += one.succeeded;
    total.well += one.well;
    total.rejected += one.rejected;
    total.notBack += one.notBack;
    total.preflightFailed += one.preflightFailed;
    total.inconclusive += one.inconclusive;
    total.gateError += one.gateError;
    total.online += one.online;
    total.behind += one.behind;
    if (one.dueAt < total.dueAt) total.dueAt = one.dueAt;
  }
  return total;
}

/** Everything a host is counted for. */
export function tallyOf(entry: HostEntry): Tally {
  const { step, online } = entry;
  const total = zero();
  total.online = Number(online);
  total.behind = Number(isBehind(entry));
  if (!step) return total;
  if (isEnd(step.state)) countEnd(total, entry, step);
  else countOpen(total, entry, step);
  total.dueAt = dueAt(entry, step);
  return total;
}

/** Has missed a release, and is there to take it: a host whose clock is not set would only refuse it again. */
export const isBehind = ({ online, locked, clockUnset, missed }: HostEntry): boolean =>
  online && !locked && !clockUnset && missed !== null;

function countEnd(total: Mutable, { planned }: HostEntry, step: HostStep): void {
  if (step.back) {
    total.notBack = Number(step.state !== "RolledBack");
    return;
  }
  const well = step.state === "Succeeded" || step.state === "AlreadyInstalled";
  total.well = Number(well);
  total.partial = Number(!well);
  total.succeeded = Number(step.state === "Succeeded");
  total.rejected = Number(step.state === "Rejected");
  const asks = step.state === "NeedsReboot" && planned.reboot === "ask";
  total.reboots = Number(asks && !step.waived);
  total.failed = Number(isBad(step.state) && !step.waived && !asks);
}

function countOpen(total: Mutable, entry: HostEntry, step: HostStep): void {
  const { optional } = entry.planned;
  const lost = step.state === "Unknown";
  const begun = holdsSlot(step);
  const wanted = !(optional || (lost && step.waived));
  total.open = 1;
  total.notBack = Number(step.back);
  total.needed = Number(wanted);
  total.pending = Number(wanted || begun || (entry.online && !lost));
  total.fetching = Number(!optional && (step.state === "Staging" || step.state === "Queued"));
  total.trial = Number(begun);
  total.silent = Number(lost && !step.waived && !optional);
  total.unsure = Number(step.unsure);
  countGate(total, step);
  if (isStaged(step.state) && step.unmet === 0) countStaged(total, entry, step);
}

function countStaged(total: Mutable, entry: HostEntry, step: HostStep): void {
  const able = entry.online && !entry.locked;
  if (holdsSlot(step)) {
    total.asked = Number(able && step.trialAsked && !entry.held);
    return;
  }
  const toAsk = (entry.drift !== "none" || entry.planned.asked) && !step.approved && !step.back;
  total.asking = Number(toAsk);
  total.held = Number(entry.held);
  total.ready = Number(able && !toAsk && !entry.held);
}

function countGate(total: Mutable, step: HostStep): void {
  const verdict = step.state === "Soaking" ? step.soak : null;
  total.inconclusive = Number(verdict === "Inconclusive" || verdict === "NoData");
  total.gateError = Number(verdict === "Error");
  total.preflightFailed = Number(
    isStaged(step.state) && !(step.preflight === null || PASSING.has(step.preflight)),
  );
}

const PASSING: ReadonlySet<string> = new Set(["Asked", "Successful"]);

/** In trial, promised to the flow, or asked the gate about. */
export const holdsSlot = (step: HostStep): boolean =>
  isTrial(step.state) || (isStaged(step.state) && (step.started || step.preflight === "Asked"));

function dueAt(entry: HostEntry, step: HostStep): EpochMs {
  const resendAt = step.order && !step.order.taken && entry.online ? step.order.resendAt : NEVER;
  if (isEnd(step.state) || step.state === "Unknown") return resendAt;
  const own = Math.min(step.stageBy ?? NEVER, step.soakUntil ?? NEVER, step.silentAt ?? NEVER);
  return Math.min(own, step.lease?.extendAt ?? NEVER, resendAt) as EpochMs;
}
