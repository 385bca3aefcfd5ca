import type { EpochMs, Serial } from "../contract/index.ts";
import type { RolloutEffect, RolloutEvent } from "../rollout/index.ts";
import type { Answer, Asked } from "./asked.ts";

/** An order, an announcement, what becomes of a release, a gate's word, or a wish with its answer. */
export type Decision =
  | RolloutEffect
  /** Long before its rollout begins: until then nothing else says that it has come. */
  | {
      readonly type: "ReleaseTaken";
      readonly at: EpochMs;
      readonly serial: Serial;
      readonly title: string | null;
    }
  | {
      readonly type: "ReleaseRefused";
      readonly at: EpochMs;
      /** Null where no statement of it is vouched for. */
      readonly serial: Serial | null;
      readonly code: string | null;
      readonly said: string;
    }
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
