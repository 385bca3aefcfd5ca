import {
  type Acceptance,
  type ErrorCode,
  type Judgement,
  judgeOrder,
} from "../../src/contract/index.ts";
import type { Wish } from "../decide/goal.ts";
import { counterOf } from "../order-counter.ts";

/** An order that was not accepted, as `reported` shows it. */
export interface Refused {
  readonly code: ErrorCode;
  readonly message: string;
  readonly counter: number | null;
}

export type Judged =
  | { readonly kind: "refused"; readonly refusal: Refused }
  /** `ratchet` must be durable first; null when these very bytes were accepted before. */
  | {
      readonly kind: "accepted";
      readonly wish: Wish;
      readonly ratchet: Acceptance["ratchet"] | null;
    };

/** The contract's judgement of an order, as a wish for the journal. */
export function judge(input: Acceptance, bytes: Uint8Array): Judged {
  const judgement = judgeOrder(input, bytes);
  if (judgement.kind === "refused" || judgement.kind === "held") {
    const { code, message } = judgement;
    const counter = judgement.counter ?? counterOf(bytes, input.trust);
    return { kind: "refused", refusal: { code, message, counter } };
  }
  const ratchet = judgement.kind === "repeated" ? null : judgement.ratchet;
  return { kind: "accepted", wish: wishOf(judgement), ratchet };
}

function wishOf(judgement: Extract<Judgement, { kind: "accepted" | "repeated" | "closed" }>): Wish {
  const { order, statement } = judgement;
  const { goal, rollout, attempt, lease } = order;
  return {
    ...{ goal, rollout, attempt, lease, statement, origin: "hub", digest: order.statement },
    isNoOp: judgement.kind === "accepted" && judgement.noOp,
    isRollback: order.rollback === true,
    isRetry: order.retry === true,
    approved: order.approved ?? null,
  };
}
