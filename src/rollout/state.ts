import type {
  Channel,
  Counter,
  Digest,
  EpochMs,
  HostName,
  RolloutId,
  Serial,
  StorePath,
} from "../contract/index.ts";

/** Where one host stands in a rollout (DESIGN 8). */
export type HostState =
  | "Queued"
  | "Staging"
  | "Staged"
  | "Activating"
  | "Committing"
  | "Succeeded"
  | "AlreadyInstalled"
  | "Skipped"
  | "Canceled"
  | "Rejected"
  | "Failed"
  | "NeedsReboot"
  | "RolledBack"
  | "TakenOver"
  | "Inconsistent";

/** One host's turn: which attempt runs, and what was ordered last. */
export interface HostStep {
  readonly host: HostName;
  readonly state: HostState;
  /** For people: why it stands where it stands; empty when the state says it all. */
  readonly why: string;
  readonly attempt: number;
  readonly target: StorePath;
  /** Digest of the CI statement that travels with every order of this step. */
  readonly statement: Digest;
  readonly goal: Goal | null;
  /** The counter of the last order, so that a refusal can be told from one of an older order. */
  readonly counter: Counter | null;
}

export type Goal = "stage" | "trial" | "commit" | "revert";
export type Completion = "Promoted" | "Aborted";

export interface Rollout {
  readonly id: RolloutId;
  readonly channel: Channel;
  readonly serial: Serial;
  readonly title: string | null;
  readonly phase: "Progressing" | "Aborting" | "Completed";
  readonly completion: Completion | null;
  readonly why: string;
  /** In the order in which they activate. */
  readonly steps: readonly HostStep[];
}

/** A release whose statements were verified, as far as the order of things needs it. */
export interface OfferedRelease {
  readonly channel: Channel;
  readonly serial: Serial;
  readonly title: string | null;
  readonly hosts: readonly OfferedHost[];
}

interface OfferedHost {
  readonly host: HostName;
  readonly target: StorePath;
  readonly statement: Digest;
}

export interface RolloutState {
  /** The hosts the fleet knows, in the order in which they go. */
  readonly hosts: readonly HostName[];
  /** The highest counter this hub key has ever used; 0 for none. */
  readonly lastCounter: number;
  readonly rollout: Rollout | null;
  /** The one pending slot: the newest release that arrived while a rollout was under way. */
  readonly next: OfferedRelease | null;
}

/** What a host says of itself, as far as the order of things needs it. */
export interface HostReport {
  readonly host: HostName;
  readonly phase: string;
  readonly rollout: RolloutId | null;
  readonly attempt: number | null;
  readonly current: StorePath | null;
  readonly target: StorePath | null;
  readonly outcome: {
    readonly code: string;
    readonly reason: string | null;
    readonly message: string;
  } | null;
  readonly refusal: {
    readonly code: string;
    readonly message: string;
    readonly counter: number | null;
  } | null;
}

export type RolloutEvent =
  | { readonly type: "ReleaseVerified"; readonly at: EpochMs; readonly release: OfferedRelease }
  | {
      readonly type: "HostReported";
      readonly at: EpochMs;
      /** Retained copies prove nothing about now (DESIGN 8, Reconciling). */
      readonly live: boolean;
      readonly report: HostReport;
    }
  /** A host opened a session: what is desired of it is issued anew, since `notAfter` may have passed. */
  | { readonly type: "HostAppeared"; readonly at: EpochMs; readonly host: HostName }
  /** A retained order that carries this hub's own signature. */
  | { readonly type: "CounterLearned"; readonly at: EpochMs; readonly counter: Counter };

export type RolloutEffect =
  | {
      readonly type: "Order";
      readonly host: HostName;
      readonly rollout: RolloutId;
      readonly attempt: number;
      readonly goal: Goal;
      readonly counter: Counter;
      readonly statement: Digest;
      readonly at: EpochMs;
    }
  | {
      readonly type: "StepStarted";
      readonly rollout: RolloutId;
      readonly host: HostName;
      readonly target: StorePath;
    }
  | { readonly type: "Finished"; readonly rollout: Rollout }
  | { readonly type: "Stopped"; readonly rollout: Rollout };

export interface Reduction {
  readonly state: RolloutState;
  readonly effects: readonly RolloutEffect[];
  /** Why the event changed nothing; null when it did. */
  readonly ignored: string | null;
}

/** @param hosts in the order in which they go */
export const newRolloutState = (hosts: readonly HostName[]): RolloutState => ({
  hosts,
  lastCounter: 0,
  rollout: null,
  next: null,
});

const ENDS: ReadonlySet<HostState> = new Set([
  "Succeeded",
  "AlreadyInstalled",
  "Skipped",
  "Canceled",
  "Rejected",
  "Failed",
  "NeedsReboot",
  "RolledBack",
  "TakenOver",
  "Inconsistent",
]);
const GOOD_ENDS: ReadonlySet<HostState> = new Set(["Succeeded", "AlreadyInstalled", "Skipped"]);

export const hasEnded = (step: HostStep): boolean => ENDS.has(step.state);
export const wentWrong = (step: HostStep): boolean =>
  hasEnded(step) && !GOOD_ENDS.has(step.state) && step.state !== "Canceled";
/** Between the order to try and the end: at most one host at a time. */
export const isInTrial = (step: HostStep): boolean =>
  step.state === "Activating" || step.state === "Committing";
