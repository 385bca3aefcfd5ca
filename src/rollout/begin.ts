import type { EpochMs, RolloutId } from "../contract/index.ts";
import type { OfferedHost, OfferedRelease } from "./event.ts";
import { endHost, unmetOf } from "./host-end.ts";
import { entriesOf, entryAt, makeTree, positionOf } from "./host-tree.ts";
import { beginStaging } from "./hosts.ts";
import type { Plan } from "./plan.ts";
import type { Reason } from "./reason.ts";
import type { Closure, HostEntry, HostStep, Rollout, RolloutState } from "./rollout-state.ts";
import { isBehind } from "./tally.ts";
import type { Turn } from "./turn.ts";

/** The id follows from the release, so that a hub that lost its memory meets its own attempts again. */
export const rolloutIdOf = (channel: string, serial: number): RolloutId =>
  `${channel.slice(0, 40)}-${serial}` as RolloutId;

/** Of its own: under the release's id the attempts of hosts that were let go then are closed for ever. */
const catchUpIdOf = (channel: string, serial: number, at: EpochMs): RolloutId =>
  `${channel.slice(0, 30)}-${serial}-${at}` as RolloutId;

export const closureOf = (release: OfferedRelease, one: OfferedHost): Closure => ({
  target: one.target,
  statement: one.statement,
  serial: one.serial ?? release.serial,
  narHash: one.narHash ?? null,
});

/** The pending release becomes the rollout; its hosts begin to fetch when it progresses. */
export function beginRelease(turn: Turn): void {
  const { release, asked, now } = turn.state.next as NonNullable<RolloutState["next"]>;
  adoptPlan(turn);
  const { hosts } = turn.state;
  const strangers = release.hosts.filter(({ host }) => positionOf(hosts, host) < 0);
  const approved = asked || turn.state.plan.start === "automatic" ? [START] : [];
  const { channel, serial, title } = release;
  open(turn, {
    ...fresh(turn, { channel, serial, title, kind: "release", approved, skipSoak: now }),
    strangers: strangers.map(({ host }) => host),
  });
  turn.set({ next: null });
  const named = new Map(release.hosts.map((one) => [one.host, closureOf(release, one)]));
  giveSteps(turn, ({ host }) => named.get(host) ?? null);
}

/** Name under which a rollout's start is approved; no group is named so. */
export const START = "";

/** Hosts that were away get the latest completed release, through the same gates. */
export function beginCatchUp(turn: Turn): void {
  const missed = entriesOf(turn.state.hosts).find((one) => mayCatchUp(turn, one))?.missed;
  if (!missed) return;
  const { serial, title } = missed;
  adoptPlan(turn);
  const { channel } = turn.rollout;
  const facts = { channel, serial, title, kind: "catch-up", skipSoak: false } as const;
  open(turn, fresh(turn, { ...facts, approved: [START] }));
  giveSteps(turn, (entry) =>
    mayCatchUp(turn, entry) && entry.missed?.serial === serial ? entry.missed : null,
  );
}

/** It is there, and so are those it waits for, if they are behind as well. */
function mayCatchUp({ state }: Turn, entry: HostEntry): boolean {
  const { missed, planned } = entry;
  if (!isBehind(entry) || missed === null) return false;
  return planned.after.every((host) => {
    const other = entryAt(state.hosts, positionOf(state.hosts, host));
    const along = isBehind(other) && other.missed?.serial === missed.serial;
    return other.missed === null || along;
  });
}

type Facts = Pick<Rollout, "channel" | "serial" | "title" | "kind" | "approved" | "skipSoak">;

function fresh({ state, at }: Turn, facts: Facts): Rollout {
  const { channel, serial, kind } = facts;
  const id = kind === "release" ? rolloutIdOf(channel, serial) : catchUpIdOf(channel, serial, at);
  return {
    ...facts,
    ...{
      id,
      phase: "Pending",
      completion: null,
      why: whyBegun(kind),
      startedAt: at,
      plan: state.plan,
    },
    run: state.rollout?.id === id ? state.rollout.run + 1 : 1,
    ...{ strangers: [], paused: [], draining: false, superseded: false, scope: null, final: null },
  };
}

/** What a rollout is for, until there is more to say of it. */
export const whyBegun = (kind: Rollout["kind"]): Reason | null =>
  kind === "catch-up" ? { code: "catches-up" } : null;

function open(turn: Turn, rollout: Rollout): void {
  turn.set({ rollout });
  const { id, run } = rollout;
  turn.announce({ type: "RolloutStarted", id: `${id}/${run}/started`, rollout });
}

function giveSteps(turn: Turn, closureFor: (entry: HostEntry) => Closure | null): void {
  const { id } = turn.rollout;
  const stageBy = turn.after(turn.plan.stageTimeout);
  const entries = entriesOf(turn.state.hosts).map((entry): HostEntry => {
    const closure = closureFor(entry);
    if (!closure) return { ...entry, step: null };
    const attempts = entry.tried?.rollout === id ? entry.tried.attempts + 1 : 1;
    const step = newStep(closure, attempts, turn.at, stageBy);
    return { ...entry, tried: { rollout: id, attempts }, step };
  });
  turn.set({ hosts: makeTree(entries) });
  for (const [position, entry] of entries.entries()) {
    if (entry.step) turn.move(position, { unmet: unmetOf(turn, entry) });
  }
}

export const newStep = (
  { target, statement, serial, narHash }: Closure,
  attempt: number,
  since: EpochMs,
  stageBy: EpochMs,
): HostStep => ({
  ...{ target, statement, serial, narHash, attempt, since, stageBy },
  ...{ state: "Queued", why: null, unmet: 0, order: null, started: false, trialAsked: false },
  ...{ preflight: null, soak: null, approved: false, waived: false },
  ...{ back: false, retry: false, boot: null, unsure: false, lease: null },
  ...{ soakUntil: null, silentAt: null },
  ...{ before: { host: null, hub: null }, bootId: null },
});

/** Pending no longer: all hosts that are there fetch at once. */
export function progress(turn: Turn): void {
  turn.setRollout({ phase: "Progressing" });
  for (const [position, entry] of entriesOf(turn.state.hosts).entries()) {
    if (entry.step?.state === "Queued") beginHost(turn, position, entry);
  }
}

function beginHost(
  turn: Turn,
  position: number,
  { online, locked, current, good }: HostEntry,
): void {
  const { target } = turn.step(position);
  if (locked) endHost(turn, position, "Skipped", { code: "locked" });
  else if (current === target && good[0]?.target === target) {
    endHost(turn, position, "AlreadyInstalled", null);
  } else if (online) beginStaging(turn, position);
}

/** Brings the hosts into the order of the plan that applies from now on; facts of known hosts stay. */
export function adoptPlan(turn: Turn): void {
  const { hosts, plan } = turn.state;
  const known = new Map(entriesOf(hosts).map((entry) => [entry.host, entry]));
  turn.set({
    hosts: makeTree(
      freshEntries(plan).map((one) => ({ ...one, ...known.get(one.host), planned: one.planned })),
    ),
  });
}

export const freshEntries = (plan: Plan): readonly HostEntry[] =>
  plan.groups.flatMap(({ hosts }) =>
    hosts.map(
      (planned): HostEntry => ({
        host: planned.host,
        planned,
        ...{ online: false, sessions: [], seq: 0, current: null, good: [], offered: null },
        ...{ bootRisk: null, clockUnset: false },
        ...{ drift: "none", locked: false, held: false, missed: null, tried: null, step: null },
      }),
    ),
  );
