import type {
  Channel,
  Counter,
  Digest,
  EpochMs,
  HoldSource,
  HostName,
  NarHash,
  RolloutId,
  Serial,
  SessionId,
  StorePath,
} from "../contract/index.ts";
import type { Announcement } from "./effect.ts";
import type { OfferedRelease } from "./event.ts";
import type { HostTree } from "./host-tree.ts";
import type { Plan, PlannedHost } from "./plan.ts";
import type {
  Completion,
  GateVerdict,
  Goal,
  HostState,
  PauseCondition,
  RolloutPhase,
} from "./words.ts";

/** All the hub's mind remembers of rollouts. Plain JSON; parseState reads it back. */
export interface RolloutState {
  readonly v: 1;
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
}

export interface PendingRelease {
  readonly release: OfferedRelease;
  readonly settledAt: EpochMs;
  /** Somebody asked for it: it waits for no manual start. */
  readonly asked: boolean;
  /** Without soak. */
  readonly now: boolean;
}

export interface Pause {
  readonly condition: PauseCondition;
  readonly since: EpochMs;
  readonly why: string;
}

export interface Rollout {
  readonly id: RolloutId;
  readonly channel: Channel;
  readonly serial: Serial;
  readonly title: string | null;
  /** `catch-up`: hosts that were away get the latest completed release. */
  readonly kind: "release" | "catch-up";
  readonly phase: RolloutPhase;
  readonly completion: Completion | null;
  /** How often it was begun; more than 1 after a retry. */
  readonly run: number;
  /** Named by the release, not by the plan. */
  readonly strangers: readonly HostName[];
  readonly why: string;
  readonly startedAt: EpochMs;
  /** The plan that was in force when it began. */
  readonly plan: Plan;
  readonly paused: readonly Pause[];
  /** A newer release waits: nobody begins any more. */
  readonly draining: boolean;
  /** What returns after an abort. */
  readonly scope: "failed" | "group" | "all" | null;
  /** Names of groups that somebody approved; the empty name is the start. */
  readonly approved: readonly string[];
  readonly skipSoak: boolean;
  /** Somebody was left out for a newer release. */
  readonly superseded: boolean;
  /** Last verdict of the final gate. */
  readonly final: GateVerdict | null;
}

/** What a host had, has or shall have. */
export interface Closure {
  readonly target: StorePath;
  readonly statement: Digest;
  readonly serial: Serial;
  readonly narHash: NarHash | null;
}

/** One host of the fleet. */
export interface HostEntry {
  readonly host: HostName;
  readonly planned: PlannedHost;
  readonly online: boolean;
  /** Newest first; a report of any but the newest is late. */
  readonly sessions: readonly SessionId[];
  readonly seq: number;
  readonly current: StorePath | null;
  /** What it has committed by its own report, newest first; at most two. */
  readonly good: readonly Closure[];
  /** What the last release said of it. */
  readonly offered: Closure | null;
  /** It runs what nobody rolled out; asked about before it is overwritten. */
  readonly drift: "none" | "drifted" | "taken-over";
  /** Inconsistent or silent: no automation until a person retries. */
  readonly locked: boolean;
  /** Somebody holds this host. */
  readonly held: boolean;
  /** Missed this one; gets it when it is back. */
  readonly missed: Closure | null;
  /** Attempts so far under the rollout id named. */
  readonly tried: { readonly rollout: RolloutId; readonly attempts: number } | null;
  readonly step: HostStep | null;
}

/** One host's turn in the current or last rollout. */
export interface HostStep extends Closure {
  readonly state: HostState;
  /** For people: why it stands where it stands; empty when the state says it all. */
  readonly why: string;
  readonly since: EpochMs;
  readonly attempt: number;
  /** How many of the hosts it waits for have not done well yet. */
  readonly unmet: number;
  readonly order: StepOrder | null;
  /** The flow has its step message; it holds a slot from then on. */
  readonly started: boolean;
  /** The flow has asked for the trial. */
  readonly trialAsked: boolean;
  /** Counts at the instant it arrives only; Asked while the gate is at it. */
  readonly preflight: GateVerdict | "Asked" | null;
  readonly soak: GateVerdict | null;
  /** What the verdict said. */
  readonly gateWhy: string;
  /** Person: may overwrite drift, may begin where hosts are approved one by one. */
  readonly approved: boolean;
  /** Person: go on without it. */
  readonly waived: boolean;
  /** Returns to what it had. */
  readonly back: boolean;
  readonly retry: boolean;
  /** Not heard since the hub restarted. */
  readonly unsure: boolean;
  /** When the fetching is given up; null after it. */
  readonly stageBy: EpochMs | null;
  /** Null before the soak, and again when its time is over. */
  readonly soakUntil: EpochMs | null;
  /** When it counts as silent; null before the trial. */
  readonly silentAt: EpochMs | null;
  /** Sessions of host and hub when the trial was ordered: a carrier's commit needs newer ones. */
  readonly before: { readonly host: SessionId | null; readonly hub: SessionId | null };
  readonly bootId: SessionId | null;
}

export interface StepOrder {
  readonly goal: Goal;
  readonly counter: Counter;
  /** The host's report shows it: not sent again. */
  readonly taken: boolean;
  readonly resendAt: EpochMs;
}
