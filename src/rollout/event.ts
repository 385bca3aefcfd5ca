import type {
  BootRisk,
  Channel,
  Counter,
  Digest,
  DurationMs,
  EpochMs,
  HoldSource,
  HostName,
  NarHash,
  Reported,
  RolloutId,
  Serial,
  SessionId,
  StorePath,
} from "../contract/index.ts";
import type { Plan } from "./plan.ts";
import type { GatePlace, GateVerdict } from "./words.ts";

/** A release whose statements were verified, as far as the order of things needs it. */
export interface OfferedRelease {
  readonly channel: Channel;
  /** The newest of its statements; with `--only` the others may be older. */
  readonly serial: Serial;
  readonly title: string | null;
  readonly hosts: readonly OfferedHost[];
}

export interface OfferedHost {
  readonly host: HostName;
  readonly target: StorePath;
  /** Digest of the CI statement that travels with every order. */
  readonly statement: Digest;
  readonly narHash?: NarHash;
  /** The statement's own serial; absent: the release's. */
  readonly serial?: Serial;
}

/** What a host says of itself, as far as the order of things needs it. */
export type HostReport = Pick<
  Reported,
  | "host"
  | "seq"
  | "session"
  | "bootId"
  | "phase"
  | "rollout"
  | "attempt"
  | "counter"
  | "current"
  | "profile"
  | "target"
  | "outcome"
  | "refusal"
  | "clock"
  | "bootRisk"
> &
  /** Absent in journals of older hubs. */
  Partial<Pick<Reported, "waiting" | "mode">>;

type At<Type extends string, Fields = unknown> = {
  readonly type: Type;
  readonly at: EpochMs;
} & Readonly<Fields>;

/** Which attempt of which host; a step message of the flow carries it. */
export interface StepKey {
  readonly rollout: RolloutId;
  readonly host: HostName;
  readonly attempt: number;
}

/** All that can happen. `by` is who asked, for the story. */
export type RolloutEvent =
  // from CI
  | At<"ReleaseVerified", { release: OfferedRelease }>
  // from the hosts. `live`: not a retained copy, which proves nothing about now
  | At<"HostReported", { live: boolean; report: HostReport }>
  | At<"HostAppeared", { host: HostName; session: SessionId }>
  | At<"HostLost", { host: HostName; session: SessionId }>
  // from the hub's own edge
  /** The hub's process began; `session` is its id on the bus. */
  | At<"ControllerStarted", { session: SessionId }>
  /** The hub opened a new connection to the broker under a new session. */
  | At<"HubConnected", { session: SessionId }>
  /** A retained order that carries this hub's own signature. */
  | At<"CounterLearned", { counter: Counter }>
  /** Orders of this hub's key under another instance. */
  | At<"ForeignHubSeen", { instance: SessionId }>
  | At<"ClockChecked", { synchronised: boolean }>
  /** Time has passed; send one at `nextWakeAt` or every minute. */
  | At<"Tick">
  /** These effects were carried out. */
  | At<"EffectsDone", { ids: readonly string[] }>
  /** An order that could not be written for this host; `error` is a code of the error table. */
  | At<"OrderNotSent", StepKey & { error: string; said: string }>
  /** A new plan; it applies from the next rollout on. */
  | At<"PlanChanged", { plan: Plan }>
  // from the gate and the flow's wires
  /** `host` null for the final gate. */
  | At<
      "GateJudged",
      {
        place: GatePlace;
        rollout: RolloutId;
        host: HostName | null;
        attempt: number;
        verdict: GateVerdict;
        why: string;
      }
    >
  | At<"TrialAsked", StepKey>
  | At<"StepKept", StepKey>
  | At<"StepUndone", StepKey & { why: string }>
  // from people; `duration` undefined: the plan's, null: until it is released
  | At<"HoldSet", { source: HoldSource; host: HostName | null; duration?: DurationMs | null }>
  | At<"HoldReleased", { source: HoldSource }>
  /** `now`: without settling and soak, never without the trial. */
  | At<"DeployAsked", { by: string; now: boolean }>
  /**
   * For a group, a host (also: a drifted one may be overwritten), or null: for whatever asks now. `risk`: the
   * reboot of a host that needs one, in the words of its own `bootRisk`.
   */
  | At<
      "Approved",
      { by: string; group: string | null; host: HostName | null; risk?: BootRisk | undefined }
    >
  /** Go on without this host. */
  | At<"SkipAsked", { by: string; host: HostName }>
  /** Try a host again that failed, or all that did; it also unlocks it. */
  | At<"RetryAsked", { by: string; host: HostName | null }>
  /** `all`: hosts that have succeeded return to what they had. */
  | At<"AbortAsked", { by: string; scope: "failed" | "group" | "all" }>
  /** Return a host, or all that took part, to what it had committed before. */
  | At<"RollbackAsked", { by: string; host: HostName | null }>
  /** Keep a trial whose gate gives no verdict. */
  | At<"PromoteAsked", { by: string; host: HostName }>
  /** A person chose this hub of the two. */
  | At<"FenceCleared", { by: string }>;

export type RolloutEventType = RolloutEvent["type"];
export const EVENT_TYPES = [
  "ReleaseVerified",
  "HostReported",
  "HostAppeared",
  "HostLost",
  "ControllerStarted",
  "HubConnected",
  "CounterLearned",
  "ForeignHubSeen",
  "ClockChecked",
  "Tick",
  "EffectsDone",
  "OrderNotSent",
  "PlanChanged",
  "GateJudged",
  "TrialAsked",
  "StepKept",
  "StepUndone",
  "HoldSet",
  "HoldReleased",
  "DeployAsked",
  "Approved",
  "SkipAsked",
  "RetryAsked",
  "AbortAsked",
  "RollbackAsked",
  "PromoteAsked",
  "FenceCleared",
] as const satisfies readonly RolloutEventType[];
