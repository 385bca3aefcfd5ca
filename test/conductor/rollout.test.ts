import { expect, it } from "vitest";
import { nuc, PlayedHome, releaseOf, rp4 } from "./played-home.ts";

it("carries a release to every host and tells its end once", async () => {
  await using home = new PlayedHome();
  home.play(rp4);
  home.play(nuc);
  const hub = await home.open();
  const offered = hub.offer(releaseOf("new", home.clock.now));
  expect(offered).toMatchObject({ accepted: [rp4, nuc], refused: [] });
  await home.clock.pass(60_000);
  expect(home.failures).toEqual([]);
  expect(home.broker.held({ kind: "rolloutStatus" })).toMatchObject({ completion: "Promoted" });
  const ends = home.happened.filter(({ announcement }) => announcement.type === "RolloutEnded");
  expect(ends).toHaveLength(1);
  expect(hub.history(5)).toHaveLength(1);
  expect(hub.view.hosts.map(({ running }) => running?.title)).toEqual([
    "nixpkgs bump",
    "nixpkgs bump",
  ]);
  expect(hub.view.state.outbox).toEqual([]);
});
