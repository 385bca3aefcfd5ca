import type { Channel, EpochMs, HostName, RolloutId, Serial } from "../contract/index.ts";
import type { Plan } from "./plan.ts";
import type { Reason } from "./reason.ts";
import type { Completion, GateVerdict, PauseCondition, RolloutPhase } from "./words.ts";

export interface Pause {
  readonly condition: PauseCondition;
  readonly since: EpochMs;
  readonly why: Reason;
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
  /** Null when the phase says it all. */
  readonly why: Reason | null;
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
