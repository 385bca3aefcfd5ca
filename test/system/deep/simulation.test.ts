import { expect, it } from "vitest";
import { type Mood, makeStory, STRICT_TURMOIL, TURMOIL } from "../../simulation/story.ts";
import { tellStory } from "../../simulation/tell-story.ts";

/** Every invariant is looked at in every step of every one of them. */
const ROLLOUTS = 1_500;
const DAYS = 5;
const AN_HOUR_MS = 3_600_000;

it.each<readonly [string, Mood, string]>([
  ["homes in turmoil", TURMOIL, ""],
  ["homes in turmoil whose hosts have rules of their own", STRICT_TURMOIL, " --rules"],
])(`${ROLLOUTS} rollouts in %s keep every rule`, { timeout: AN_HOUR_MS }, (_, mood, option) => {
  let [rollouts, crashes, trials, guarded] = [0, 0, 0, 0];
  for (let seed = 1000; rollouts < ROLLOUTS; seed++) {
    const { violation, looked } = tellStory(makeStory(seed, DAYS, mood));
    const again = `npm run simulate -- --turmoil${option} --days ${DAYS} --seed ${seed}`;
    expect(violation, again).toBeNull();
    rollouts += looked.rollouts;
    crashes += looked.crashes;
    trials += looked.trials;
    guarded += looked.guarded;
  }
  expect(Math.min(crashes, trials)).toBeGreaterThan(ROLLOUTS / 10);
  expect(guarded > ROLLOUTS / 10).toBe(mood.rulesPerDay !== null);
});

/**
 * Days on which a rule was broken once: by the watch, the model, a trial that was ordered again after its end (1031),
 * a host that a copied hub took for one that had not begun (2230, 2252, 2331), or one that was lost and sent its order again
 * when the rollout was over (3119).
 */
it.each([1005, 1013, 1016, 1017, 1025, 1031, 1049, 2230, 2252, 2331, 3022, 3031, 3037, 3119])(
  "seed %i keeps every rule",
  (seed) => {
    expect(tellStory(makeStory(seed, DAYS, TURMOIL)).violation).toBeNull();
  },
);
