import type { EpochMs, HoldSource, HostName, SessionId } from "../contract/index.ts";
import type { Announcement } from "./effect.ts";
import type { OfferedRelease } from "./event.ts";
import type { HostTree } from "./host-tree.ts";
import type { Plan } from "./plan.ts";
import type { Rollout } from "./rollout.ts";

export type { Closure, HostEntry, HostStep, MissedRelease, StepOrder } from "./host-entry.ts";
export type { Pause, Rollout } from "./rollout.ts";

/** All the hub's mind remembers of rollouts. Plain JSON; parseState reads it back. */
export interface RolloutState {
  readonly v: 5;
  /** The plan of the next rollout. */
  readonly plan: Plan;
  /** The time of the last event. */
  readonly at: EpochMs;
  /** Of the newest release ever offered; it never falls. 0 before the first. */
  readonly newestSerial: number;
  /** The highest counter this hub key has ever used; 0 for none. */
  readonly lastCounter: number;
  /** Of this hub on the bus; null before ControllerStarted. */
  readonly session: SessionId | null;
  readonly clockSynchronised: boolean;
  readonly fenced: { readonly instance: SessionId; readonly since: EpochMs } | null;
  /** While a restarted hub waits for live reports of the hosts it left in trial. */
  readonly reconciling: { readonly since: EpochMs; readonly until: EpochMs } | null;
  readonly holds: readonly Hold[];
  readonly window: WindowNow;
  /** Of the groups that have times of their own, in their order. */
  readonly groupWindows: readonly GroupWindowNow[];
  /** Every host of the fleet with its facts and its step, in the order in which they activate. */
  readonly hosts: HostTree;
  readonly rollout: Rollout | null;
  /** The one pending slot: the newest release that waits. */
  readonly next: PendingRelease | null;
  /** Sent until EffectsDone names them; orders are not here, they follow from the steps. */
  readonly outbox: readonly Announcement[];
}

export interface Hold {
  readonly source: HoldSource;
  /** Null: the whole fleet. */
  readonly host: HostName | null;
  readonly since: EpochMs;
  readonly until: EpochMs | null;
  /** When somebody is told that it is old. */
  readonly remindAt: EpochMs;
}

/** Whether trials may begin now; computed anew at the next edge. */
export interface WindowNow {
  readonly open: boolean;
  readonly from: EpochMs;
  readonly changesAt: EpochMs | null;
  /** When trials may begin again; null while it is open, and when nobody knows. */
  readonly opensAt: EpochMs | null;
}

export interface GroupWindowNow extends WindowNow {
  /** Its place in the plan in force. */
  readonly group: number;
}

export interface PendingRelease {
  readonly release: OfferedRelease;
  readonly settledAt: EpochMs;
  /** Somebody asked for it: it waits for no manual start. */
  readonly asked: boolean;
  /** Without soak. */
  readonly now: boolean;
}
