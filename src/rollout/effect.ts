import type {
  BootRisk,
  Counter,
  Digest,
  DurationMs,
  EpochMs,
  HoldSource,
  HostName,
  RolloutId,
  Serial,
  StorePath,
} from "../contract/index.ts";
import type { Reason } from "./reason.ts";
import type { Rollout } from "./rollout.ts";
import type { EndState, GatePlace, Goal, PauseCondition } from "./words.ts";

type Do<Type extends string, Fields> = {
  readonly type: Type;
  /** Stable: an effect that is sent again has the same id. */
  readonly id: string;
  readonly at: EpochMs;
} & Readonly<Fields>;

/**
 * What to do in the world. Orders repeat until the host's own report shows them taken (a new counter, the
 * same id); all others stay in the outbox until EffectsDone names them.
 */
export type RolloutEffect =
  | Do<
      "Order",
      {
        host: HostName;
        rollout: RolloutId;
        attempt: number;
        goal: Goal;
        counter: Counter;
        statement: Digest;
        lease: DurationMs;
        /** Return to a path the host has committed before. */
        rollback: boolean;
        /** Take a path the host has put aside. */
        retry: boolean;
        /** Goal boot only: the risk that a person approved; else null. */
        approved: BootRisk | null;
      }
    >
  | Announcement;

export type Announcement =
  | Do<"RolloutStarted", { rollout: Rollout }>
  /** The one message of this rollout's end. */
  | Do<"RolloutEnded", { rollout: Rollout }>
  /** A step message for the flow; `resumed` when it was sent before. */
  | Do<
      "StepStarted",
      { rollout: RolloutId; host: HostName; attempt: number; target: StorePath; resumed: boolean }
    >
  /** The one message of this attempt's end. */
  | Do<
      "HostEnded",
      { rollout: RolloutId; host: HostName; attempt: number; state: EndState; why: Reason | null }
    >
  | Do<
      "GateAsked",
      { place: GatePlace; rollout: RolloutId; host: HostName | null; attempt: number }
    >
  | Do<"Paused", { condition: PauseCondition; why: Reason }>
  | Do<"Resumed", { condition: PauseCondition }>
  /** A release that starts nothing: nothing changes, or only its statements are new. */
  | Do<"ReleaseRecorded", { serial: Serial; title: string | null; why: Reason }>
  /** The host runs something else than what it had committed. */
  | Do<"DriftSeen", { host: HostName; current: StorePath | null }>
  | Do<"HoldIsOld", { source: HoldSource; since: EpochMs }>
  /** The hub must open a new connection, to prove the broker that just changed. */
  | Do<"ReconnectAsked", { host: HostName }>;

export const EFFECT_TYPES = [
  "Order",
  "RolloutStarted",
  "RolloutEnded",
  "StepStarted",
  "HostEnded",
  "GateAsked",
  "Paused",
  "Resumed",
  "ReleaseRecorded",
  "DriftSeen",
  "HoldIsOld",
  "ReconnectAsked",
] as const satisfies readonly RolloutEffect["type"][];
