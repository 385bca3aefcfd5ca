import type { DurationMs, HostName } from "../contract/index.ts";
import { START } from "./begin.ts";
import { abort, giveBack, undoTrials } from "./completion.ts";
import type { RolloutEvent } from "./event.ts";
import { leaveOut, tellDependents } from "./host-end.ts";
import { findFirst, positionOf } from "./host-tree.ts";
import type { Ignored } from "./hosts.ts";
import { reach } from "./pauses.ts";
import { askedReason } from "./reason.ts";
import { rebootApproved } from "./retry.ts";
import { keep } from "./trial.ts";
import type { Turn } from "./turn.ts";
import { isBad, isBeforeTrial, isEnd } from "./words.ts";

type Event<Type extends RolloutEvent["type"]> = Extract<RolloutEvent, { type: Type }>;

export function holdSet(turn: Turn, { source, host, duration }: Event<"HoldSet">): Ignored {
  const { holds, plan } = turn.state;
  if (host !== null && positionOf(turn.state.hosts, host) < 0) {
    return `${host} is not a host of the plan`;
  }
  const before = holds.find((one) => one.source === source);
  if (before && before.host === host && duration === undefined) return `${source} holds already`;
  const lastsMs: DurationMs | null = duration === undefined ? plan.holdFor : duration;
  const hold = {
    ...{ source, host, since: before?.since ?? turn.at },
    until: lastsMs === null ? null : turn.after(lastsMs),
    remindAt: turn.after(plan.holdFor),
  };
  turn.set({ holds: [...holds.filter((one) => one !== before), hold] });
  noteHeld(turn, [host, before?.host ?? null]);
  return null;
}

export function holdReleased(turn: Turn, { source }: Event<"HoldReleased">): Ignored {
  const hold = turn.state.holds.find((one) => one.source === source);
  if (!hold) return `${source} does not hold`;
  turn.set({ holds: turn.state.holds.filter((one) => one !== hold) });
  noteHeld(turn, [hold.host]);
  return null;
}

/** Each host knows whether anybody holds it. */
export function noteHeld(turn: Turn, hosts: readonly (HostName | null)[]): void {
  for (const host of hosts) {
    const position = host === null ? -1 : positionOf(turn.state.hosts, host);
    if (position < 0) continue;
    turn.put(position, { held: turn.state.holds.some((one) => one.host === host) });
  }
}

export function deployAsked(turn: Turn, { now }: Event<"DeployAsked">): Ignored {
  const { next } = turn.state;
  if (next) {
    const settledAt = now ? turn.at : next.settledAt;
    turn.set({ next: { ...next, asked: true, now: next.now || now, settledAt } });
    return null;
  }
  if (!turn.active) return "no release waits";
  const { approved, skipSoak } = turn.rollout;
  if (approved.includes(START) && (!now || skipSoak)) return "the rollout is under way already";
  turn.setRollout({ approved: [...approved, START], skipSoak: skipSoak || now });
  return null;
}

export function approved(turn: Turn, { group, host, risk }: Event<"Approved">): Ignored {
  if (host !== null && risk !== undefined) return rebootApproved(turn, host, risk);
  if (!turn.active) return "no rollout is under way";
  if (host !== null) return approveHost(turn, positionOf(turn.state.hosts, host), host);
  const name = group ?? asksNow(turn);
  if (name === null) return approveHost(turn, askingNow(turn), "nobody");
  const known = name === START || turn.plan.groups.some((one) => one.name === name);
  if (!known) return `the plan has no group ${name}`;
  if (turn.rollout.approved.includes(name)) return "that is approved already";
  turn.setRollout({ approved: [...turn.rollout.approved, name] });
  return null;
}

/** The start, then the group whose turn it is. */
function asksNow(turn: Turn): string | null {
  const { approved: given } = turn.rollout;
  if (!given.includes(START)) return START;
  const { group } = reach(turn);
  return group.approval === "group" && !given.includes(group.name) ? group.name : null;
}

const askingNow = (turn: Turn): number => findFirst(turn.state.hosts, "asking", reach(turn).range);

function approveHost(turn: Turn, position: number, name: string): Ignored {
  const step = position < 0 ? null : turn.entry(position).step;
  if (!step || isEnd(step.state)) return `${name} waits for no approval`;
  if (step.approved) return `${name} is approved already`;
  turn.move(position, { approved: true });
  return null;
}

export function skipAsked(turn: Turn, { host, by }: Event<"SkipAsked">): Ignored {
  const position = positionOf(turn.state.hosts, host);
  const step = position < 0 ? null : turn.entry(position).step;
  if (!step || !turn.active) return `${host} is not part of a rollout under way`;
  if (isBeforeTrial(step.state)) {
    leaveOut(turn, position, "Skipped", askedReason("left-out", by));
    return null;
  }
  if (step.waived || !(isBad(step.state) || step.state === "Unknown")) {
    return `${host} is ${step.state}: there is nothing to skip`;
  }
  turn.move(position, { waived: true });
  tellDependents(turn, position);
  return null;
}

export function abortAsked(turn: Turn, { by, scope }: Event<"AbortAsked">): Ignored {
  if (!turn.active) return "no rollout is under way";
  const { phase } = turn.rollout;
  if (phase === "RollingBack") return "it is rolling back already";
  if (phase === "Aborting" && turn.rollout.scope === scope) return "it is stopping already";
  abort(turn, scope, by);
  undoTrials(turn, askedReason("stopped-by", by));
  return null;
}

export function rollbackAsked(turn: Turn, { by, host }: Event<"RollbackAsked">): Ignored {
  if (!turn.state.rollout) return "nothing has been rolled out";
  if (turn.active) return "a rollout is under way: abort it with what shall return";
  const { run } = turn.rollout;
  const any = giveBack(turn, (entry) => host === null || entry.host === host);
  if (!any)
    return `${host === null ? "no host has anything" : `${host} has nothing`} of this rollout to return from`;
  turn.setRollout({
    plan: turn.state.plan,
    run: run + 1,
    why: askedReason("rolled-back-by", by),
    draining: false,
    scope: "all",
  });
  return null;
}

/** Keeps a trial whose gate has not said yes. An abort is stronger. */
export function promoteAsked(turn: Turn, { host }: Event<"PromoteAsked">): Ignored {
  const position = positionOf(turn.state.hosts, host);
  const step = position < 0 ? null : turn.entry(position).step;
  if (!step || !turn.active) return `${host} is not part of a rollout under way`;
  if (turn.rollout.phase === "Aborting") return "the rollout is being aborted";
  if (step.state !== "Soaking") return `${host} is ${step.state}: nothing to keep`;
  keep(turn, position);
  return null;
}
