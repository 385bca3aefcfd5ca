import { expect, it } from "vitest";
import type { HostName } from "../../src/contract/index.ts";
import { stepsOf } from "../../src/rollout/index.ts";
import { Home, nuc, rp4 } from "./scenes.ts";

const stepOf = ({ state }: Home, host: HostName) => stepsOf(state).find((one) => one.host === host);

const notSent = (home: Home) =>
  home.play({
    ...{ type: "OrderNotSent", at: home.at, ...home.key(rp4) },
    ...{ error: "wire-too-far", said: "its agent speaks wire version 3" },
  });

it("passes over a host that speaks no version of the hub's, and nobody waits for it", () => {
  const home = notSent(new Home().here(rp4, nuc).offer(7));
  const why = {
    code: "error-said",
    error: "wire-too-far",
    said: "its agent speaks wire version 3",
  };
  expect(stepOf(home, rp4)).toMatchObject({ state: "Skipped", why });
  home.staged(nuc).succeeds(nuc);
  expect(home.state.rollout).toMatchObject({ phase: "Completed", paused: [] });
  expect(stepOf(home, nuc)?.state).toBe("Succeeded");
  expect(stepOf(home, rp4)?.state).toBe("Skipped");
});

it("passes over one that was updated out of reach between fetching and its trial, and the others go on", () => {
  const home = notSent(new Home().ready());
  expect(home.states).toEqual(["rp4 Skipped", "nuc Activating"]);
});

it("waits for one that may have begun: its first order was sent, and what cannot be is that order given anew", () => {
  const home = new Home().ready();
  home.orders;
  expect(home.wait(10).orders).toEqual(["rp4 trial"]);
  expect(notSent(home).states).toEqual(["rp4 Activating", "nuc Staged"]);
});

it("waits for one that is met in its trial as its first order fails to go out", () => {
  const home = new Home().here(rp4, nuc).offer(7).says(rp4, { phase: "activating" });
  expect(notSent(home).states).toEqual(["rp4 Activating", "nuc Staging"]);
});

it("leaves a trial that runs to the host's own lease, and says why it stands there", () => {
  const home = notSent(new Home({ soak: "5m", lease: "10m" }).ready().inTrial(rp4));
  const why = { code: "error-said", error: "wire-too-far" };
  expect(stepOf(home, rp4)).toMatchObject({ state: "Soaking", why });
  home.ended(rp4, "rolled-back");
  expect(stepOf(home, rp4)?.state).toBe("RolledBack");
});

it("is given to it again once a person has updated it and says retry", () => {
  const home = notSent(new Home().here(rp4, nuc).offer(7));
  home.play({ type: "RetryAsked", at: home.at, by: "me", host: rp4 });
  expect(stepOf(home, rp4)).toMatchObject({ state: "Staging", attempt: 2 });
});
