import { type HostName, parseHostName } from "../../src/contract/index.ts";
import { stepsOf } from "../../src/rollout/index.ts";
import { HOUR_MS, MINUTE_MS } from "../support/contract-builders.ts";
import type { Push } from "./continuous-integration.ts";
import { act } from "./deeds.ts";
import { Home, type HomeParts } from "./home.ts";
import { CARRIER } from "./hub-world.ts";

export const rp4 = parseHostName("rp4");
export const x1 = parseHostName("x1");
export const PLAN = {
  groups: [
    { name: "pis", hosts: ["rp4"] },
    { name: "laptop", hosts: [{ host: "x1", optional: true }] },
    { name: "server", hosts: [{ host: "nuc", carries: ["broker", "hub"] }] },
  ],
  ...{ settle: "1m", soak: "3m", lease: "20m" },
};
/** A small home in which everything works, a minute after its beginning. */
export const newHome = (plan: object = PLAN, parts: HomeParts = {}): Home => {
  const home = new Home({ seed: 1, hosts: [rp4, x1, CARRIER], plan }, parts);
  home.run(MINUTE_MS);
  return home;
};
export const states = ({ hub }: Home): readonly string[] =>
  stepsOf(hub.state).map(({ host, state }) => `${host} ${state}`);

export const pushTo = (home: Home, changed: readonly HostName[], fates: Push["fates"] = {}): void =>
  act(home, { do: "push", push: { title: "bump", changed, fates, goesBack: false } });
/** Without those who had the release already. */
export const changedIn = (home: Home): readonly string[] =>
  states(home).filter((one) => !one.endsWith("AlreadyInstalled"));
export const paused = ({ hub }: Home): readonly string[] =>
  (hub.state.rollout?.paused ?? []).map(({ condition }) => condition);

/** Lets time pass until it is so. @throws Error when it does not come to that within two hours */
export function runUntil(home: Home, isSo: () => boolean, stepMs = 1_000): void {
  const end = home.clock.now + 2 * HOUR_MS;
  for (; !isSo(); home.run(stepMs)) {
    if (home.clock.now > end) throw new Error(`it did not come to that: ${states(home)}`);
  }
}
export const runToTrial = (home: Home, host: HostName = rp4): void =>
  runUntil(home, () => home.host(host).phase === "in-trial");
