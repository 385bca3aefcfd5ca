import { expect, it } from "vitest";
import { makeStory, TURMOIL } from "../../simulation/story.ts";
import { tellStory } from "../../simulation/tell-story.ts";

/** Every invariant is looked at in every step of every one of them. */
const ROLLOUTS = 2_000;
const DAYS = 5;
const AN_HOUR_MS = 3_600_000;

it(`${ROLLOUTS} rollouts in homes in turmoil keep every rule`, { timeout: AN_HOUR_MS }, () => {
  let [rollouts, crashes, trials] = [0, 0, 0];
  for (let seed = 1000; rollouts < ROLLOUTS; seed++) {
    const { violation, looked } = tellStory(makeStory(seed, DAYS, TURMOIL));
    expect(violation, `npm run simulate -- --turmoil --days ${DAYS} --seed ${seed}`).toBeNull();
    rollouts += looked.rollouts;
    crashes += looked.crashes;
    trials += looked.trials;
  }
  expect(Math.min(crashes, trials)).toBeGreaterThan(ROLLOUTS / 10);
});

/** Days on which a rule was broken once: by the watch, the model, or (1031) a trial that was ordered again after its end. */
it.each([1005, 1013, 1016, 1017, 1025, 1031, 1049])("seed %i keeps every rule", (seed) => {
  expect(tellStory(makeStory(seed, DAYS, TURMOIL)).violation).toBeNull();
});
