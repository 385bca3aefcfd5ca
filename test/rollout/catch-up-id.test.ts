import { expect, it } from "vitest";
import { Home, rp4, x1 } from "./scenes.ts";

it("catches up under an id of its own, whose attempts no host has closed", () => {
  const home = new Home({ hosts: ["rp4", { host: "x1", optional: true }] }).here(rp4).offer(7);
  home.staged(rp4).succeeds(rp4);
  const before = home.state.rollout?.id;
  home.here(x1);
  expect(home.state.rollout).toMatchObject({ kind: "catch-up", serial: 7, run: 1 });
  expect(home.state.rollout?.id).not.toBe(before);
});
