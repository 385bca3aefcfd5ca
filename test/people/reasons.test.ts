import fc from "fast-check";
import { expect, test } from "vitest";
import { whyText } from "../../src/people/index.ts";
import { plainReason, type Reason, readReason, stepsOf } from "../../src/rollout/index.ts";
import { live } from "../rollout/random-home.ts";
import { story } from "../rollout/random-stories.ts";

test("whatever a rollout writes down as a reason, people read in their own language", () => {
  const reasons = new Map<string, Reason>();
  const note = (why: Reason | null): void => {
    if (why) reasons.set(plainReason(why), why);
  };
  fc.assert(
    fc.property(story, (told) => {
      live(told, ({ reduction: { state } }) => {
        const { rollout } = state;
        note(rollout?.why ?? null);
        for (const { why } of rollout?.paused ?? []) note(why);
        for (const { why } of stepsOf(state)) note(why);
      });
    }),
    { numRuns: 150 },
  );
  const codes = new Set([...reasons.values()].map(({ code }) => code));
  expect(codes.size).toBeGreaterThan(15);
  for (const [plain, why] of reasons) {
    expect(readReason(plain)).toEqual(why);
    if (why.code === "said") continue; // a wire's own words (StepUndone), which nobody can translate
    expect([plain, whyText(why, "de") !== plain]).toEqual([plain, true]);
  }
});
