import { describe, it } from "vitest";
import { holds, INVARIANTS } from "../../rollout/invariants.ts";

const ROLLOUTS = 10_000;

describe("over ten thousand rollouts", { timeout: 1_200_000 }, () => {
  it.each(Object.entries(INVARIANTS))("%s", (_name, invariant) => {
    holds(invariant, ROLLOUTS);
  });
});
