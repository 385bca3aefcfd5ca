import type { HostName } from "../contract/index.ts";
import { positionOf } from "./host-tree.ts";
import type { Reason } from "./reason.ts";
import type { Closure, HostEntry, HostStep } from "./rollout-state.ts";
import type { Turn } from "./turn.ts";
import { type EndState, isBad, isEnd, isTrial } from "./words.ts";

/** A host's turn comes to its end: said once, and whoever waits for it is told. */
export function endHost(turn: Turn, position: number, state: EndState, why: Reason | null): void {
  const step = turn.step(position);
  const none = { stageBy: null, soakUntil: null, silentAt: null, lease: null };
  const order = settledOrder(step.order);
  turn.move(position, { state, why, unsure: false, trialAsked: false, ...none, order });
  turn.put(position, factsAfter(turn.entry(position), step, state));
  const { host } = turn.entry(position);
  turn.announce({
    type: "HostEnded",
    id: `${turn.keyOf(host, step.attempt)}/ended`,
    ...{ rollout: turn.rollout.id, host, attempt: step.attempt, state, why },
  });
  tellDependents(turn, position);
}

/**
 * An attempt that has ended is closed for ever on the host (DESIGN 5), so what would begin it is not sent again, not even
 * by a hub that starts anew and has no report for its last counter. The way back is sent until it is heard.
 */
export const settledOrder = (order: HostStep["order"]): HostStep["order"] =>
  order && order.goal !== "revert" && order.goal !== "commit" ? { ...order, taken: true } : order;

/** What is known of a host once an attempt has ended. */
function factsAfter(entry: HostEntry, step: HostStep, state: EndState): Partial<HostEntry> {
  if (state === "Inconsistent") return { locked: true, missed: null };
  if (state === "TakenOver") return { locked: false, missed: null, drift: "taken-over" };
  if (step.back && state === "RolledBack") {
    return { locked: false, missed: null, drift: "none", good: entry.good.slice(1) };
  }
  if (state === "Succeeded" || state === "AlreadyInstalled") {
    const good = remember(entry.good, step, state);
    return { locked: false, missed: null, drift: "none", good };
  }
  return isBad(state) ? { locked: false, missed: null } : {};
}

/**
 * What it has committed, newest first: this one and the last that differs. A host that has it already
 * commits nothing: it returns only under the statement it has committed (DESIGN 6, "Roll back").
 */
function remember(good: readonly Closure[], step: HostStep, state: EndState): readonly Closure[] {
  const { target, statement, serial, narHash } = step;
  if (state === "AlreadyInstalled" && good[0]?.target === target) return good;
  const before = good.filter((one) => one.target !== target).slice(0, 1);
  return [{ target, statement, serial, narHash }, ...before];
}

const MET: ReadonlySet<string> = new Set(["Succeeded", "AlreadyInstalled", "Skipped"]);

/** Whether a host that others wait for leaves them nothing to wait for. */
const isMet = ({ step }: HostEntry): boolean => step === null || MET.has(step.state) || step.waived;

/** @returns how many of the hosts that `entry` waits for have not done well yet */
export const unmetOf = (turn: Turn, entry: HostEntry): number =>
  entry.planned.after.filter((host) => !isMet(entryOf(turn, host))).length;

const entryOf = (turn: Turn, host: HostName): HostEntry =>
  turn.entry(positionOf(turn.state.hosts, host));

/**
 * Those who wait for this host count again; if it went away they are deferred with it. On the way back
 * nobody waits: hosts return one at a time, and one that cannot must not keep the others from it.
 */
export function tellDependents(turn: Turn, position: number): void {
  const { host, planned, step } = turn.entry(position);
  for (const other of planned.awaitedBy) {
    const at = positionOf(turn.state.hosts, other);
    const waiting = turn.entry(at);
    if (!waiting.step || waiting.step.back || isEnd(waiting.step.state)) continue;
    turn.move(at, { unmet: unmetOf(turn, waiting) });
    const away = step?.state === "Deferred" && !step.waived && !hasBegun(waiting.step);
    if (away) leaveOut(turn, at, "Deferred", { code: "awaited-is-away", host });
  }
}

const hasBegun = ({ state }: HostStep): boolean => isTrial(state) || state === "Unknown";

/** Ends the turn of a host that has not begun its trial, also of one whose step failed; what it fetched is let go. */
export function leaveOut(
  turn: Turn,
  position: number,
  state: "Deferred" | "Canceled" | "Skipped" | "Failed",
  why: Reason | null,
): void {
  if (turn.step(position).order) turn.order(position, "revert");
  endHost(turn, position, state, why);
}
