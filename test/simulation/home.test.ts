import { describe, expect, it } from "vitest";
import {
  type Reduction,
  type RolloutEvent,
  type RolloutState,
  reduce,
} from "../../src/rollout/index.ts";
import { makeStory, TURMOIL } from "./story.ts";
import { shrink, tellStory } from "./tell-story.ts";

const HALF_A_DAY = 0.5;

describe("a simulated home", () => {
  it.each([1, 2])("keeps every rule in half a day of turmoil (seed %i)", (seed) => {
    const { violation, looked } = tellStory(makeStory(seed, HALF_A_DAY, TURMOIL));
    expect(violation).toBeNull();
    expect(looked.rollouts).toBeGreaterThan(1);
    expect(looked.steps).toBeGreaterThan(500);
  });

  it("tells the same story again from the same seed, line by line", () => {
    const story = makeStory(3, HALF_A_DAY, TURMOIL);
    const [once, again] = [tellStory(story), tellStory(JSON.parse(JSON.stringify(story)))];
    expect(once.lines.length).toBeGreaterThan(50);
    expect(again).toEqual(once);
  });
});

type Mind = (state: RolloutState, event: RolloutEvent) => Reduction;

const lying =
  (change: (reduction: Reduction, event: RolloutEvent) => Reduction): Mind =>
  (state, event) =>
    change(reduce(state, event), event);

/** Minds that break one rule each: what watches them must say so, or it would watch for nothing. */
const BROKEN: readonly (readonly [rule: string, mind: Mind])[] = [
  [
    "success is the host's own report",
    lying((reduction) => ({
      ...reduction,
      effects: reduction.effects.map((one) =>
        one.type === "HostEnded" ? { ...one, state: "Succeeded" as const } : one,
      ),
    })),
  ],
  [
    "crash changes nothing",
    lying((reduction, event) =>
      event.type === "ReleaseVerified"
        ? {
            ...reduction,
            state: { ...reduction.state, lastCounter: reduction.state.lastCounter + 1 },
          }
        : reduction,
    ),
  ],
  [
    "nothing is stuck",
    (state, event) =>
      event.type === "HostReported" && event.report.outcome
        ? { state, effects: [], ignored: "deaf" }
        : reduce(state, event),
  ],
];

describe("a hub that breaks a rule on purpose", () => {
  it.each(BROKEN)("is caught: %s", (rule, mind) => {
    const rules = [1, 2, 3].map(
      (seed) => tellStory(makeStory(seed, HALF_A_DAY, TURMOIL), { mind }).violation?.rule,
    );
    expect(rules).toContain(rule);
  });

  it("is shown by a story with as few acts as it takes", () => {
    const [rule, mind] = BROKEN[0] as (typeof BROKEN)[number];
    const story = [1, 2, 3]
      .map((seed) => makeStory(seed, HALF_A_DAY, TURMOIL))
      .find((one) => tellStory(one, { mind }).violation?.rule === rule);
    if (!story) throw new Error("no story shows it");
    const short = shrink(story, rule, { mind });
    expect(short.acts.length).toBeLessThan(story.acts.length / 2);
    expect(tellStory(short, { mind }).violation?.rule).toBe(rule);
  });
});
