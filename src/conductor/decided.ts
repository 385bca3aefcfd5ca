import type { EpochMs } from "../contract/index.ts";
import type { RolloutEffect, RolloutEvent } from "../rollout/index.ts";
import type { Answer, Asked } from "./asked.ts";

/** An order, an announcement, a gate's word, or a wish with its answer. */
export type Decision =
  | RolloutEffect
  | Extract<RolloutEvent, { type: "GateJudged" }>
  | {
      readonly type: "Asked";
      readonly at: EpochMs;
      readonly asked: Asked;
      readonly answer: Answer;
    };

export interface Decided {
  readonly decision: Decision;
  /** One line of plain English, never empty. */
  readonly why: string;
}
