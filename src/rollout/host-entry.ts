import type {
  BootRisk,
  Counter,
  Digest,
  DurationMs,
  EpochMs,
  HostName,
  NarHash,
  RolloutId,
  Serial,
  SessionId,
  StorePath,
} from "../contract/index.ts";
import type { PlannedHost } from "./plan.ts";
import type { Reason } from "./reason.ts";
import type { GateVerdict, Goal, HostState } from "./words.ts";

/** What a host had, has or shall have. */
export interface Closure {
  readonly target: StorePath;
  readonly statement: Digest;
  readonly serial: Serial;
  readonly narHash: NarHash | null;
}

/** What a host was not there for. */
export interface MissedRelease extends Closure {
  readonly title: string | null;
  /** What it had missed before, and gets should this one be rolled back. */
  readonly before: Omit<MissedRelease, "before"> | null;
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
  /** What a reboot into a new system risks there, by its own word; null before it said. */
  readonly bootRisk: BootRisk | null;
  /** It runs what nobody rolled out; asked about before it is overwritten. */
  readonly drift: "none" | "drifted" | "taken-over";
  /** Inconsistent or silent: no automation until a person retries. */
  readonly locked: boolean;
  /** Its clock is not set, so it takes nothing new; by its own word. */
  readonly clockUnset: boolean;
  /** Somebody holds this host. */
  readonly held: boolean;
  /** Missed this one; gets it when it is back. */
  readonly missed: MissedRelease | null;
  /** Attempts so far under the rollout id named. */
  readonly tried: { readonly rollout: RolloutId; readonly attempts: number } | null;
  readonly step: HostStep | null;
}

/** One host's turn in the current or last rollout. */
export interface HostStep extends Closure {
  readonly state: HostState;
  /** Why it stands where it stands; null when the state says it all. */
  readonly why: Reason | null;
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
  /** Person: may overwrite drift, may begin where hosts are approved one by one. */
  readonly approved: boolean;
  /** Person: go on without it. */
  readonly waived: boolean;
  /** Returns to what it had. */
  readonly back: boolean;
  readonly retry: boolean;
  /** The approved risk, when its trial begins with a reboot. */
  readonly boot: BootRisk | null;
  /** Not heard since the hub restarted. */
  readonly unsure: boolean;
  /** When the fetching is given up; null after it. */
  readonly stageBy: EpochMs | null;
  /** Null before the soak, and again when its time is over. */
  readonly soakUntil: EpochMs | null;
  /** When its trial was ordered, how long it may run unconfirmed from then on, and when that is extended; null before. */
  readonly lease: {
    readonly since: EpochMs;
    readonly lasts: DurationMs;
    readonly extendAt: EpochMs | null;
  } | null;
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
