import type { Answer, Check } from "./check.ts";
import type { Facts } from "./facts.ts";

/** One check with what it says of this home. */
export interface Examined {
  readonly check: Check;
  readonly answer: Answer;
}

export const examine = (checks: readonly Check[], facts: Facts): readonly Examined[] =>
  checks.map((check) => ({ check, answer: check.look(facts) }));
