import { expect, it } from "vitest";
import { RolloutTeller } from "../../node-red-nodes/rollout/rollout-teller.ts";
import { Home, nuc, rp4, sessionOf } from "../rollout/scenes.ts";

const shownFor = ({ state, at }: Home): unknown => {
  const shown: unknown[] = [];
  const node = { status: (one: unknown) => shown.push(one), send: () => undefined };
  const view = { state, session: sessionOf(1), at };
  const ports = { node, conductor: { view }, language: "en", trouble: null, later: null };
  new RolloutTeller(ports as never).show(view as never);
  return shown.at(-1);
};
const seeingSecond = (home: Home): Home =>
  home.play({ type: "ForeignHubSeen", at: home.at, instance: sessionOf(66) });

it("below the rollout node a second hub is told before, in and after a rollout", () => {
  expect(shownFor(new Home())).toMatchObject({ text: "no release yet" });
  const told = { fill: "yellow", shape: "ring", text: "second hub found" };
  expect(shownFor(seeingSecond(new Home()))).toEqual(told);
  expect(shownFor(seeingSecond(new Home().ready()))).toMatchObject({ fill: "yellow" });
  const over = new Home().ready().succeeds(rp4, nuc);
  expect(shownFor(over)).toMatchObject({ fill: "green" });
  expect(shownFor(seeingSecond(over))).toEqual(told);
});
