import type { Journal, OpenAttempt } from "../../src/contract/index.ts";
import type { Limits } from "./action.ts";
import type { Facts } from "./facts.ts";

/** What the rules of one phase look at. */
export interface View {
  readonly journal: Journal;
  readonly open: OpenAttempt;
  readonly facts: Facts;
  readonly limits: Limits;
}
