import { expect, it } from "vitest";
import { Home, rp4, sessionOf } from "./scenes.ts";

it("an agent that starts anew counts its reports from the beginning, and is heard", () => {
  const home = new Home().here(rp4).says(rp4, { session: sessionOf(1001), seq: 900 });
  const session = sessionOf(2001);
  home.play({ type: "HostAppeared", at: home.at, host: rp4, session });
  expect(home.says(rp4, { session, seq: 1 }).last.ignored).toBeNull();
  expect(home.says(rp4, { session, seq: 1 }).last.ignored).toMatch(/has said this before/);
});
