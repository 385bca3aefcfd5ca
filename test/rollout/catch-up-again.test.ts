import { expect, it } from "vitest";
import { by, Home, rp4, x1 } from "./scenes.ts";

it("a catch-up that is stopped begins again in the same instant as another run with new attempts", () => {
  const home = new Home({ hosts: ["rp4", { host: "x1", optional: true }], catchUp: "automatic" });
  home.here(rp4).offer(7).staged(rp4).succeeds(rp4).here(x1);
  const first = home.key(x1);
  home.play({ type: "AbortAsked", at: home.at, by, scope: "failed" });
  expect(home.key(x1)).toEqual({ ...first, attempt: first.attempt + 1 });
  expect(home.state.rollout?.run).toBe(2);
});
