import type { DurationMs, Order, RolloutId, Statement } from "../../src/contract/index.ts";

export type Goal = Order["goal"];

/** What the journal's open attempt is to become: from an accepted order, or from root on this host. */
export interface Wish {
  readonly goal: Goal;
  readonly origin: "hub" | "person";
  readonly rollout: RolloutId;
  readonly attempt: number;
  readonly lease: DurationMs;
  readonly statement: Statement;
  readonly digest: Order["statement"];
  /** The path is the one already committed. */
  readonly isNoOp: boolean;
  readonly isRollback: boolean;
  readonly isRetry: boolean;
  readonly approved: Order["approved"] | null;
}
