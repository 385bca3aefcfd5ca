import { expect, it } from "vitest";
import { nextWakeAt } from "../../src/rollout/index.ts";
import { by, Home, nuc, rp4, sessionOf } from "./scenes.ts";

it("a release that waits for another hub to go wakes nobody, and one that settles does", () => {
  const home = new Home({ settle: "10m" }).here(rp4).offer(7);
  const settledAt = home.at + 10 * 60_000;
  expect(nextWakeAt(home.state)).toBe(settledAt);
  home.play({ type: "ForeignHubSeen", at: home.at, instance: sessionOf(9) });
  expect(nextWakeAt(home.wait(11).state)).toBeNull();
  home.play({ type: "FenceCleared", at: home.at, by });
  expect(home.state.rollout?.phase).toBe("Progressing");
});

it("a release that waits behind a rollout wakes nobody by the time at which it had settled", () => {
  const home = new Home({ settle: "7m" }).here(rp4, nuc).offer(7).wait(10);
  home.staged(rp4, nuc).offer(8);
  expect(home.states).toEqual(["rp4 Activating", "nuc Canceled"]);
  expect(nextWakeAt(home.state)).not.toBe(home.at + 7 * 60_000);
});
