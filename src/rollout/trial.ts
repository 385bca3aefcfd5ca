import type { DurationMs, EpochMs, SessionId } from "../contract/index.ts";
import { settledOrder } from "./host-end.ts";
import type { Reason } from "./reason.ts";
import type { HostEntry, HostStep } from "./rollout-state.ts";
import type { Turn } from "./turn.ts";

/** The turn of a host begins: the trial itself, or a step message for the flow that asks for it. */
export function beginStep(turn: Turn, position: number): void {
  const { host } = turn.entry(position);
  const { attempt, target } = turn.step(position);
  const flow = turn.plan.conduct === "flow";
  turn.move(position, { started: true, preflight: null, why: null });
  turn.announce({
    type: "StepStarted",
    id: `${turn.keyOf(host, attempt)}/step`,
    ...{ rollout: turn.rollout.id, host, attempt, target, resumed: false },
  });
  if (!flow) orderTrial(turn, position);
}

export function orderTrial(turn: Turn, position: number): void {
  const { sessions } = turn.entry(position);
  const before = { host: sessions[0] as SessionId, hub: turn.session };
  const { boot } = turn.step(position);
  const state = boot === null ? "Activating" : "Rebooting";
  turn.move(position, { state, trialAsked: false, before, stageBy: null });
  grant(turn, position, turn.at, turn.plan.lease);
  turn.order(position, boot === null ? "trial" : "boot");
}

type Lease = NonNullable<HostStep["lease"]>;

/** The lease that the next order states; extended half a lease before its end, while it may last longer. */
function grant(turn: Turn, position: number, since: EpochMs, lasts: DurationMs): void {
  const { lease, maxTrial } = turn.plan;
  const extendAt = lasts < maxTrial ? ((since + lasts - lease / 2) as EpochMs) : null;
  turn.move(position, { lease: { since, lasts, extendAt } });
  turn.move(position, { silentAt: turn.silentAt(position) });
}

/**
 * A trial that is being watched is given more time, up to maxTrial: the same order again, with the lease it
 * needs (a host takes the longer one). A trial that has not shown itself to work yet is given none.
 */
export function extendLease(turn: Turn, position: number): void {
  const { state, boot } = turn.step(position);
  const lease = turn.step(position).lease as Lease;
  if (state !== "Soaking") {
    turn.move(position, { lease: { ...lease, extendAt: null } });
    return;
  }
  const { plan } = turn;
  const lasts = Math.min(lease.lasts + plan.lease, plan.maxTrial) as DurationMs;
  grant(turn, position, lease.since, lasts);
  turn.order(position, boot === null ? "trial" : "boot");
}

/** The host runs its target: on to the soak, once a carrier has come back over new sessions. */
export function verifyTrial(turn: Turn, position: number): void {
  const entry = turn.entry(position);
  if (lacksProof(turn, entry, turn.step(position))) {
    turn.move(position, { state: "Verifying", why: { code: "waits-for-connections" } });
    return;
  }
  startSoak(turn, position);
}

/** Arriving over sessions opened after the activation is the proof that broker and hub still work (DESIGN 8). */
function lacksProof(turn: Turn, entry: HostEntry, step: HostStep): boolean {
  if (entry.planned.carries.length === 0) return false;
  const hubIsOld = turn.session === step.before.hub;
  if (hubIsOld) {
    const id = `${turn.keyOf(entry.host, step.attempt)}/reconnect`;
    if (!turn.isAnnounced(id)) {
      turn.announce({ type: "ReconnectAsked", id, host: entry.host });
    }
  }
  return hubIsOld || entry.sessions[0] === step.before.host;
}

function startSoak(turn: Turn, position: number): void {
  const { skipSoak, plan, id } = turn.rollout;
  const { host } = turn.entry(position);
  const { attempt } = turn.step(position);
  const soakUntil = skipSoak ? turn.at : turn.after(plan.soak);
  turn.move(position, { state: "Soaking", why: null, soak: null, soakUntil });
  resumeLease(turn, position);
  if (needsVerdict(turn)) {
    turn.announce({
      type: "GateAsked",
      id: `${turn.keyOf(host, attempt)}/soak`,
      ...{ place: "soak", rollout: id, host, attempt },
    });
  }
  tendSoak(turn, position);
}

/** Found in trial, or slow to begin: extended from where it stands. */
function resumeLease(turn: Turn, position: number): void {
  const lease = turn.step(position).lease ?? { since: turn.at, lasts: turn.plan.lease };
  grant(turn, position, lease.since, lease.lasts);
}

const needsVerdict = ({ rollout }: Turn): boolean =>
  rollout.plan.gates.includes("soak") && !rollout.skipSoak;

/** Keeps the trial when its time is over and nothing is missing. Wires decide for themselves. */
export function tendSoak(turn: Turn, position: number): void {
  const { online } = turn.entry(position);
  const { soakUntil, soak } = turn.step(position);
  const over = soakUntil === null || soakUntil <= turn.at;
  if (over) turn.move(position, { soakUntil: null });
  const judged = !needsVerdict(turn) || soak === "Successful";
  if (over && judged && online && turn.plan.conduct === "default") keep(turn, position);
}

export function keep(turn: Turn, position: number): void {
  turn.move(position, { state: "Committing", why: null, soakUntil: null });
  endLease(turn, position);
  turn.order(position, "commit");
}

/** The host returns to what ran before. */
export function undo(turn: Turn, position: number, why: Reason | null): void {
  turn.move(position, { state: "RollingBack", why, soakUntil: null });
  endLease(turn, position);
  turn.order(position, "revert");
}

/** It is extended no more. */
function endLease(turn: Turn, position: number): void {
  const { lease } = turn.step(position);
  if (lease) turn.move(position, { lease: { ...lease, extendAt: null } });
}

/** Silent past lease and grace: nothing is presumed, its slot is freed, automation keeps away (DESIGN 8). */
export function loseTrack(turn: Turn, position: number): void {
  const waited = turn.step(position).why?.code === "waits-by-its-rules";
  turn.move(position, { state: "Unknown", why: { code: "not-heard" }, silentAt: null });
  // With its slot it loses its turn: what would begin it is not sent again by time, nor when a fence falls
  const order = settledOrder(turn.step(position).order);
  turn.move(position, { soakUntil: null, lease: null, unsure: false, order });
  turn.put(position, { locked: true });
  // What it has taken and not begun it would begin alone when it wakes: that is the first thing it hears
  if (waited) turn.order(position, "revert");
}
