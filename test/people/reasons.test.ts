import fc from "fast-check";
import { expect, test } from "vitest";
import { ERRORS } from "../../src/contract/index.ts";
import { whyText } from "../../src/people/index.ts";
import { sayPhrase } from "../../src/people/phrases.ts";
import { stepsOf } from "../../src/rollout/index.ts";
import { live } from "../rollout/random-home.ts";
import { story } from "../rollout/random-stories.ts";

/** A code of the table, or a host's end with its own reason behind it. */
const isTold = (why: string): boolean => {
  const [, rest = ""] = /^[a-z0-9-]+: [A-Z][A-Za-z]+(?:, ([\s\S]*))?$/.exec(why) ?? [];
  const [, code = ""] = /^([a-z][a-z0-9-]*)(?:: [\s\S]*)?$/.exec(rest || why) ?? [];
  const ofHost = /^[a-z0-9-]+: [A-Z][A-Za-z]+$/.test(why);
  return ofHost || Object.hasOwn(ERRORS, code) || sayPhrase(rest || why, "en") !== null;
};

test("whatever a rollout writes down as a reason, people read in their own language", () => {
  const reasons = new Set<string>();
  fc.assert(
    fc.property(story, (told) => {
      live(told, ({ reduction: { state } }) => {
        const { rollout } = state;
        reasons.add(rollout?.why ?? "");
        for (const { why } of rollout?.paused ?? []) reasons.add(why);
        for (const { why } of stepsOf(state)) reasons.add(why);
      });
    }),
    { numRuns: 150 },
  );
  reasons.delete(""); // where the state says it all
  reasons.delete("cold"); // a wire's own words (StepUndone), which nobody can translate
  const said = [...reasons];
  expect(said.length).toBeGreaterThan(20);
  expect(said.filter((why) => !isTold(why))).toEqual([]);
  for (const why of said) expect([why, whyText(why, "de") !== why]).toEqual([why, true]);
});
