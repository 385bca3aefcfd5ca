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
