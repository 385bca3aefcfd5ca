import { START } from "./begin.ts";
import { entryAt, findFirst, type Range } from "./host-tree.ts";
import type { Group } from "./plan.ts";
import type { Pause } from "./rollout-state.ts";
import type { Counted } from "./tally.ts";
import type { Turn } from "./turn.ts";
import type { PauseCondition } from "./words.ts";

type Reason = readonly [condition: PauseCondition, why: string];

/** Where the rollout stands among its groups: up to the end of the first that is waited for. */
export function reach({ state, plan, all }: Turn): {
  readonly group: Group;
  readonly range: Range;
} {
  const needed = findFirst(state.hosts, "needed", all);
  const place = needed < 0 ? plan.groups.length - 1 : entryAt(state.hosts, needed).planned.group;
  const group = plan.groups[place] as Group;
  return { group, range: { from: 0, to: group.from + group.hosts.length } };
}

/** Why no trial may begin now, each reason with its own cause; empty when one may. */
export function reasons(turn: Turn): readonly Reason[] {
  return [...ofTheHub(turn), ...ofTheHosts(turn), ...ofPeople(turn)];
}

function* ofTheHub({ state }: Turn): Generator<Reason> {
  const { fenced, reconciling, clockSynchronised, window, rollout } = state;
  if (fenced) yield ["Fenced", `another hub (${fenced.instance}) orders these hosts`];
  if (reconciling) yield ["Reconciling", "waits for the hosts it left in trial"];
  if (!clockSynchronised) yield ["ClockUnsynced", "the hub's clock is not synchronised"];
  if (!window.open) yield ["OutsideWindow", "outside the times that the plan allows"];
  // Hosts on their way back get there first: the release that waits begins after them.
  const drains = rollout?.draining && rollout.phase !== "RollingBack";
  if (drains) yield ["Draining", "a newer release waits"];
}

const OF_HOSTS: readonly (readonly [Counted, PauseCondition, string])[] = [
  ["failed", "HostFailure", "did not do well"],
  ["reboots", "ApprovalRequired", "needs a reboot"],
  ["silent", "HostSilent", "has not been heard of"],
  ["preflightFailed", "PreflightFailed", "the house was not healthy before it began"],
  ["inconclusive", "InconclusiveAnalysis", "the gate gives no verdict"],
  ["gateError", "AnalysisError", "the gate cannot measure"],
];

function* ofTheHosts(turn: Turn): Generator<Reason> {
  const { final, phase } = turn.rollout;
  for (const [counted, condition, what] of OF_HOSTS) {
    const isAnswered = counted === "failed" || counted === "reboots";
    if (isAnswered && phase !== "Progressing") continue; // the abort was the answer
    if (turn.count(counted) > 0) yield [condition, `${firstOf(turn, counted, turn.all)}: ${what}`];
  }
  if (phase !== "Finalising") return; // hosts on their way back do not wait for what sent them back
  if (final === "Failed") yield ["HostFailure", "the house is not healthy after the last host"];
  if (final === "Error") yield ["AnalysisError", "the last gate cannot measure"];
  if (final === "Inconclusive" || final === "NoData") {
    yield ["InconclusiveAnalysis", "the last gate gives no verdict"];
  }
}

const firstOf = ({ state }: Turn, counted: Counted, range: Range): string =>
  entryAt(state.hosts, findFirst(state.hosts, counted, range)).host;

function* ofPeople(turn: Turn): Generator<Reason> {
  const { holds } = turn.state;
  const hold = holds.find((one) => one.host === null);
  if (hold) yield ["Hold", `held by ${hold.source}`];
  const { approved, phase } = turn.rollout;
  if (!approved.includes(START)) yield ["ApprovalRequired", "waits to be started"];
  if (phase !== "Progressing") return;
  const { group, range } = reach(turn);
  if (group.approval === "group" && !approved.includes(group.name)) {
    yield ["ApprovalRequired", `waits for an approval of ${group.name}`];
  }
  if (turn.count("ready", range) + turn.count("trial") + turn.count("fetching") > 0) return;
  if (turn.count("asking", range) > 0) {
    yield ["ApprovalRequired", `waits for an approval of ${firstOf(turn, "asking", range)}`];
  }
  if (turn.count("held", range) > 0) yield ["Hold", `${firstOf(turn, "held", range)} is held`];
}

/** The set of conditions as it stands now; one that stays keeps its beginning. What came and went is said. */
export function tendPauses(turn: Turn): void {
  if (!turn.state.rollout) return;
  const now = turn.active ? reasons(turn) : [];
  const { paused } = turn.rollout;
  const next = new Map<PauseCondition, Pause>();
  for (const [condition, why] of now) {
    const before = paused.find((one) => one.condition === condition);
    if (!next.has(condition))
      next.set(condition, { condition, since: before?.since ?? turn.at, why });
  }
  const pauses = [...next.values()];
  if (JSON.stringify(pauses) === JSON.stringify(paused)) return;
  for (const { condition, why, since } of pauses) {
    if (paused.some((one) => one.condition === condition)) continue;
    turn.announce({ type: "Paused", id: idOf(turn, condition, since, "on"), condition, why });
  }
  for (const { condition, since } of paused) {
    if (next.has(condition)) continue;
    turn.announce({ type: "Resumed", id: idOf(turn, condition, since, "off"), condition });
  }
  turn.setRollout({ paused: pauses });
}

const idOf = ({ rollout }: Turn, condition: PauseCondition, since: number, edge: string): string =>
  `${rollout.id}/${rollout.run}/${condition}/${since}/${edge}`;
