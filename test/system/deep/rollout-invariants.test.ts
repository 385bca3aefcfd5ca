import { describe, expect, it } from "vitest";
import { holds, INVARIANTS } from "../../rollout/invariants.ts";

const ROLLOUTS = 10_000;

describe("over ten thousand rollouts, no two rounds of them the same", {
  timeout: 1_200_000,
}, () => {
  it.each(Object.entries(INVARIANTS))("%s", (_name, invariant) => {
    expect(holds(invariant, ROLLOUTS)).toBeGreaterThanOrEqual(ROLLOUTS);
  });
});
