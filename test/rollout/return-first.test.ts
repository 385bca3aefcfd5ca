import { expect, it } from "vitest";
import { Home, nuc, rp4 } from "./scenes.ts";

it("a release that comes while hosts return waits until they have, and then begins", () => {
  const home = new Home({ onFailure: "roll-back" }).ready().succeeds(rp4, nuc).offer(8);
  home.staged(rp4, nuc).succeeds(rp4).ended(nuc, "failed").offer(9);
  expect(home.state.rollout?.phase).toBe("RollingBack");
  home.staged(rp4).succeeds(rp4);
  expect(home.state.rollout).toMatchObject({ serial: 9, phase: "Progressing" });
});
