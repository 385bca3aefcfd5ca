import type { BootRisk, HostName } from "../contract/index.ts";
import { newStep, whyBegun } from "./begin.ts";
import type { RolloutEvent } from "./event.ts";
import { unmetOf } from "./host-end.ts";
import { entriesOf, positionOf } from "./host-tree.ts";
import { beginStaging, type Ignored } from "./hosts.ts";
import type { HostEntry, HostStep } from "./rollout-state.ts";
import type { Turn } from "./turn.ts";
import { isBad, isEnd } from "./words.ts";

/** A new attempt for a host that did not do well, or for all; an ended rollout opens again for it. */
export function retryAsked(
  turn: Turn,
  { host }: Extract<RolloutEvent, { type: "RetryAsked" }>,
): Ignored {
  const chosen = entriesOf(turn.state.hosts).flatMap((entry, position) =>
    host === null || entry.host === host ? [{ entry, position }] : [],
  );
  const refusal = refused(turn);
  const again = refusal ? [] : chosen.filter(({ entry }) => mayRepeat(entry, host !== null));
  const locked = chosen.filter(({ entry }) => entry.locked && entry.step?.state !== "Unknown");
  for (const { position } of locked) turn.put(position, { locked: false });
  if (again.length === 0) {
    return locked.length > 0 ? null : (refusal ?? `${host ?? "no host"} has nothing to repeat`);
  }
  if (!turn.active) reopen(turn);
  for (const { position } of again) repeat(turn, position, { retry: true });
  return null;
}

function refused(turn: Turn): string | null {
  if (!turn.state.rollout) return "nothing has been rolled out";
  if (turn.state.next) return "a newer release waits";
  if (turn.active && turn.rollout.phase !== "Progressing") return "the rollout is ending";
  return null;
}

/** What was let go half-way repeats when it is named or the rollout was stopped as a whole. */
function mayRepeat({ step }: HostEntry, named: boolean): boolean {
  if (!step || step.back || !isEnd(step.state)) return false;
  return isBad(step.state) || step.state === "Canceled" || (named && step.state === "Skipped");
}

function reopen(turn: Turn): void {
  const { id, run } = turn.rollout;
  const open = { completion: null, draining: false, superseded: false, scope: null, final: null };
  turn.setRollout({
    ...open,
    plan: turn.state.plan,
    phase: "Progressing",
    why: whyBegun(turn.rollout.kind),
    run: run + 1,
  });
  const { rollout } = turn;
  turn.announce({ type: "RolloutStarted", id: `${id}/${run + 1}/started`, rollout });
}

/**
 * A new attempt that begins with a reboot, for a host whose last one found that it needs one. The approval
 * names the risk in the host's own words, so that nobody approves what they did not read (DESIGN 7, goal boot).
 */
export function rebootApproved(turn: Turn, host: HostName, risk: BootRisk): Ignored {
  const position = positionOf(turn.state.hosts, host);
  const entry = position < 0 ? null : turn.entry(position);
  if (entry?.step?.state !== "NeedsReboot") return `${host} waits for no reboot`;
  if (entry.planned.reboot === "never") return `by the plan ${host} is never rebooted`;
  if (entry.bootRisk !== risk) {
    return `a reboot of ${host} is ${entry.bootRisk ?? "of unknown risk"}, the approval says ${risk}`;
  }
  const refusal = refused(turn);
  if (refusal) return refusal;
  if (!turn.active) reopen(turn);
  repeat(turn, position, { boot: risk, approved: true });
  return null;
}

function repeat(turn: Turn, position: number, how: Partial<HostStep>): void {
  const entry = turn.entry(position);
  const attempts = (entry.step as HostStep).attempt + 1;
  const fresh = newStep(turn.step(position), attempts, turn.at, turn.after(turn.plan.stageTimeout));
  const unmet = unmetOf(turn, entry);
  turn.put(position, {
    tried: { rollout: turn.rollout.id, attempts },
    step: { ...fresh, ...how, unmet },
  });
  if (entry.online) beginStaging(turn, position);
}
