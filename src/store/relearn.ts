import type { EpochMs, HoldSource, HostName, Order, RolloutStatus } from "../contract/index.ts";
import {
  entriesOf,
  type HostEntry,
  newRolloutState,
  type OfferedRelease,
  type Plan,
  parseState,
  type RolloutEvent,
  type RolloutState,
  readReason,
  reduce,
} from "../rollout/index.ts";
import type { HubMemory } from "./hub-memory.ts";

/** What the broker retains of this home, parsed; it is all that a hub without a journal has. */
export interface Retained {
  /** `hosts/<host>/desired`: only those that carry this hub's own signature. */
  readonly orders: readonly Order[];
  /** `releases/<channel>`, verified; null for none. */
  readonly release: OfferedRelease | null;
  /** `rollout/status`, which nobody signs: it may hold something back, never let something through. */
  readonly status: RolloutStatus | null;
  /** `control/hold/<source>/state`: the sources that say ON. */
  readonly holds: readonly HoldSource[];
}

/** What became of the release that was under way. */
export type Relearned = "no-release" | "waits" | "goes-on" | "asks" | "stays-ended";

export interface Relearning {
  /** To be kept with `Store.snapshot`, which ends `Store.recovered`. */
  readonly state: RolloutState;
  /** To be kept with `keepHubMemory`: with another instance the hub would take its own orders for a second hub's. */
  readonly hub: HubMemory | null;
  readonly rollout: Relearned;
}

/**
 * The state of a hub whose journal was lost (`Store.recovered`), as far as the broker's retained topics tell it.
 * Attempts keep their numbers, so that a host in trial is met in it and an attempt that has ended is told again,
 * not repeated; what was stopped or rolled back does not begin again, and what waited for somebody's word waits for
 * it; holds, locks and hosts that somebody changed by hand are respected. Approvals, soak times, baselines and the
 * end of a hold are lost: they are asked for, watched or counted anew, which costs time and lets nothing through.
 */
export function relearn(plan: Plan, retained: Retained, at: EpochMs): Relearning {
  const rollout = standingOf(retained);
  const start = rollout === "asks" ? "manual" : plan.start;
  const known = withFacts(newRolloutState({ ...plan, start }, at), retained, rollout);
  const state = play(known, [
    ...retained.holds.map((source): RolloutEvent => ({ type: "HoldSet", at, source, host: null })),
    ...offers(retained, rollout, at),
  ]);
  const left = (retained.status?.hosts ?? []).flatMap(leftOut);
  const now = rollout === "goes-on" || rollout === "asks" ? begun(state, left) : state;
  return { state: { ...now, plan }, hub: hubOf(retained), rollout };
}

function offers({ release }: Retained, rollout: Relearned, at: EpochMs): readonly RolloutEvent[] {
  if (release === null || rollout === "stays-ended") return [];
  const offer: RolloutEvent = { type: "ReleaseVerified", at, release };
  if (rollout !== "goes-on") return [offer];
  return [offer, { type: "DeployAsked", at, by: "hub", now: false }]; // as somebody or the plan did before
}

const play = (state: RolloutState, events: readonly RolloutEvent[]): RolloutState =>
  events.reduce((now, event) => reduce(now, event).state, state);

function standingOf({ release, status }: Retained): Relearned {
  if (release === null) return "no-release";
  if (status?.serial !== release.serial) return "waits";
  if (ENDED.has(status.completion ?? status.phase)) return "stays-ended";
  if (status.phase === "Pending") return "waits";
  return status.paused.some(({ condition }) => FOR_SOMEBODY.has(condition)) ? "asks" : "goes-on";
}

/**
 * Pauses that only a person, or a host that may be away now, could end. What caused them is forgotten, so that
 * the others would go on: it begins when somebody starts it.
 */
const FOR_SOMEBODY: ReadonlySet<string> = new Set([
  ...["HostFailure", "HostSilent"],
  ...["PreflightFailed", "InconclusiveAnalysis", "AnalysisError", "Fenced"],
]);

/** Somebody, or a failure, has put an end to it: only somebody begins it again. */
const ENDED: ReadonlySet<string> = new Set([
  ...["Aborting", "RollingBack"],
  ...["Aborted", "RolledBack", "RollbackFailed", "Rejected"],
]);

/** What no event tells: how often a host was tried, and whether it is to be left alone. */
function withFacts(state: RolloutState, retained: Retained, rollout: Relearned): RolloutState {
  const { orders, release } = retained;
  const counters = orders.map(({ counter }) => counter);
  const ended = rollout === "stays-ended" ? release : null;
  const entries = entriesOf(state.hosts).map((entry) => factsOf(entry, retained, ended));
  return parseState({
    ...state,
    newestSerial: ended?.serial ?? 0,
    lastCounter: Math.max(0, ...counters),
    hosts: { root: { kids: [], entries } },
  });
}

/** @param ended the release that is not begun again; its content under a newer serial alone is no news either */
function factsOf(
  entry: HostEntry,
  { orders, status }: Retained,
  ended: OfferedRelease | null,
): HostEntry {
  const order = newest(orders.filter(({ host }) => host === entry.host));
  const told = status?.hosts.find(({ host }) => host === entry.host);
  const offered = ended?.hosts.find(({ host }) => host === entry.host);
  const wasLocked = told?.state === "Skipped" && readReason(told.why)?.code === "locked";
  return {
    ...entry,
    // One less than ordered: the next attempt is the one that the host knows already.
    tried: order ? { rollout: order.rollout, attempts: order.attempt - 1 } : null,
    locked: wasLocked || told?.state === "Inconsistent",
    drift: told?.state === "TakenOver" ? "taken-over" : "none",
    offered:
      ended && offered
        ? {
            target: offered.target,
            statement: offered.statement,
            serial: offered.serial ?? ended.serial,
            narHash: offered.narHash ?? null,
          }
        : null,
  };
}

const newest = (orders: readonly Order[]): Order | undefined =>
  orders.toSorted((one, other) => other.counter - one.counter)[0];

/** What was under way does not settle again, and whom somebody left out stays out. */
function begun(state: RolloutState, left: readonly LeftOut[]): RolloutState {
  const { at, next } = state;
  return play(next ? { ...state, next: { ...next, settledAt: at } } : state, [
    { type: "Tick", at },
    ...left.map((one): RolloutEvent => ({ type: "SkipAsked", at, ...one })),
  ]);
}

interface LeftOut {
  readonly host: HostName;
  readonly by: string;
}

function leftOut({ host, why }: RolloutStatus["hosts"][number]): readonly LeftOut[] {
  const reason = readReason(why);
  return reason?.code === "left-out" ? [{ host, by: reason.by }] : [];
}

function hubOf({ orders }: Retained): HubMemory | null {
  const last = newest(orders);
  return last ? { instance: last.hub, lastCounter: last.counter } : null;
}
