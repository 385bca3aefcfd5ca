import { type HostName, LAST_INSTANT_MS } from "../contract/index.ts";
import { START } from "./begin.ts";
import { failureOf } from "./completion.ts";
import { entryAt, findFirst, type Range } from "./host-tree.ts";
import { closedFor, firstOpen, type OwnTimes } from "./open-ranges.ts";
import type { Group, Windows } from "./plan.ts";
import type { Reason } from "./reason.ts";
import type { Hold, Pause } from "./rollout-state.ts";
import { type Counted, NEVER } from "./tally.ts";
import type { Turn } from "./turn.ts";
import type { PauseCondition } from "./words.ts";
import { shownIn } from "./zone-time.ts";

type Cause = readonly [condition: PauseCondition, why: Reason];

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
export function reasons(turn: Turn): readonly Cause[] {
  return [...ofTheHub(turn), ...ofTheTime(turn), ...ofTheHosts(turn), ...ofPeople(turn)];
}

function* ofTheHub({ state }: Turn): Generator<Cause> {
  const { fenced, reconciling, clockSynchronised, rollout } = state;
  if (fenced) yield ["Fenced", { code: "second-hub" }];
  if (reconciling) yield ["Reconciling", { code: "reconciling" }];
  if (!clockSynchronised) yield ["ClockUnsynced", { code: "clock-unset" }];
  // Hosts on their way back get there first: the release that waits begins after them.
  const drains = rollout?.draining && rollout.phase !== "RollingBack";
  if (drains) yield ["Draining", { code: "newer-waits" }];
}

/** Without groups that have times of their own, the plan's hold for everybody and are told at once. */
function* ofTheTime(turn: Turn): Generator<Cause> {
  const { window, groupWindows } = turn.state;
  if (groupWindows.length === 0) {
    if (!window.open) yield ["OutsideWindow", { code: "outside-window" }];
    return;
  }
  const closed = closedFor(turn, waitingRange(turn));
  if (closed)
    yield ["OutsideWindow", closed.own ? outside(closed.own) : { code: "outside-window" }];
}

/** Who may begin next as far as the order goes; on the way back everybody. */
export const waitingRange = (turn: Turn): Range =>
  turn.rollout.phase === "RollingBack" ? turn.all : reach(turn).range;

/** The same, without the group that waits for its approval: what comes before it needs none, also where nobody waits for it. */
export function beginningRange(turn: Turn): Range {
  const unapproved = unapprovedOf(turn);
  return unapproved ? { from: 0, to: unapproved.from } : waitingRange(turn);
}

/** The group whose turn it is, while it waits for its approval. */
function unapprovedOf(turn: Turn): Group | null {
  const { approved, phase } = turn.rollout;
  if (phase !== "Progressing") return null;
  const { group } = reach(turn);
  return group.approval === "group" && !approved.includes(group.name) ? group : null;
}

function outside({ group: { name, windows }, now }: OwnTimes): Reason {
  if (now.opensAt === null) return { code: "group-window-never", group: name };
  const opens = shownIn((windows as Windows).zone, now.opensAt);
  return { code: "outside-group-window", group: name, opens };
}

type OfHost =
  | `host-${"failed" | "needs-reboot" | "not-heard"}`
  | "unhealthy-before"
  | "no-verdict"
  | "cannot-measure";

const OF_HOSTS: readonly (readonly [Counted, PauseCondition, OfHost])[] = [
  ["failed", "HostFailure", "host-failed"],
  ["reboots", "ApprovalRequired", "host-needs-reboot"],
  ["silent", "HostSilent", "host-not-heard"],
  ["preflightFailed", "PreflightFailed", "unhealthy-before"],
  ["inconclusive", "InconclusiveAnalysis", "no-verdict"],
  ["gateError", "AnalysisError", "cannot-measure"],
];

function* ofTheHosts(turn: Turn): Generator<Cause> {
  const { final, phase } = turn.rollout;
  for (const [counted, condition, code] of OF_HOSTS) {
    const isAnswered = counted === "failed" || counted === "reboots";
    if (isAnswered && phase !== "Progressing") continue; // the abort was the answer
    if (turn.count(counted) === 0) continue;
    const first = entryAt(turn.state.hosts, findFirst(turn.state.hosts, counted, turn.all));
    yield [condition, counted === "failed" ? failureOf(first) : { code, host: first.host }];
  }
  if (phase !== "Finalising") return; // hosts on their way back do not wait for what sent them back
  if (final === "Failed") yield ["HostFailure", { code: "unhealthy-at-last" }];
  if (final === "Error") yield ["AnalysisError", { code: "cannot-measure-at-last" }];
  if (final === "Inconclusive" || final === "NoData") {
    yield ["InconclusiveAnalysis", { code: "no-verdict-at-last" }];
  }
}

const firstOf = ({ state }: Turn, counted: Counted, range: Range): HostName =>
  entryAt(state.hosts, findFirst(state.hosts, counted, range)).host;

function* ofPeople(turn: Turn): Generator<Cause> {
  const hold = lastToLetGo(turn.state.holds);
  if (hold) yield ["Hold", heldBy(hold)];
  const { approved, phase } = turn.rollout;
  if (!approved.includes(START)) yield ["ApprovalRequired", { code: "unstarted" }];
  if (phase !== "Progressing") return;
  const { range } = reach(turn);
  const unapproved = unapprovedOf(turn);
  if (unapproved && !mayBeginBefore(turn, unapproved)) {
    yield ["ApprovalRequired", { code: "group-unapproved", group: unapproved.name }];
  }
  if (firstOpen(turn, "ready", range) >= 0) return;
  if (turn.count("trial") + turn.count("fetching") > 0) return;
  if (turn.count("asking", range) > 0) {
    yield ["ApprovalRequired", { code: "host-unapproved", host: firstOf(turn, "asking", range) }];
  }
  if (turn.count("held", range) > 0)
    yield ["Hold", { code: "host-held", host: firstOf(turn, "held", range) }];
}

/** Of those who hold everything: until then nothing begins. */
const lastToLetGo = (holds: readonly Hold[]): Hold | undefined =>
  holds
    .filter(({ host }) => host === null)
    .toSorted((one, other) => (other.until ?? NEVER) - (one.until ?? NEVER))[0];

function heldBy({ source, until }: Hold): Reason {
  if (until === null || until > LAST_INSTANT_MS) return { code: "held-by", source };
  return { code: "held-until", source, until: `${shownIn("UTC", until)} UTC` };
}

/** An optional host of an earlier group, for example: it may come whenever it is there. */
function mayBeginBefore(turn: Turn, { from }: Group): boolean {
  const before = { from: 0, to: from };
  return firstOpen(turn, "ready", before) >= 0 || firstOpen(turn, "asked", before) >= 0;
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
