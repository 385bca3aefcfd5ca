import type { Order } from "../../../src/contract/index.ts";
import { counting, lasting, NOON, ordered, releasedOn } from "../../support/contract-builders.ts";
import type { PlayedHost } from "./played-host.ts";

export const RELEASE = releasedOn(0, "new");
export const LEASE_MS = 600_000;

export const order = (goal: Order["goal"], count: number, differences: Partial<Order> = {}) =>
  ordered(RELEASE, {
    goal,
    counter: counting(NOON + count),
    lease: lasting(LEASE_MS),
    ...differences,
  });

/** What the hub and the agent do for a good deployment; each step is said again until it was heard. */
export const GOOD_DAY: readonly ((host: PlayedHost) => Promise<void>)[] = [
  (host) => host.drop(order("stage", 1)),
  (host) => host.drop(order("trial", 2)),
  async (host) => {
    host.reality.bootMs += 1000;
    await host.renewSession();
    await host.drop(order("commit", 3));
  },
];

/** Plays the steps; a killed activator is started again, as systemd does, with the same mail. */
export async function play(
  host: PlayedHost,
  steps: readonly ((host: PlayedHost) => Promise<void>)[],
  afterDeath: (host: PlayedHost) => void = () => undefined,
): Promise<void> {
  for (const step of steps) {
    await step(host);
    if ((await host.run()) !== "killed") continue;
    host.killAt = Number.POSITIVE_INFINITY;
    afterDeath(host);
    await host.run();
  }
}

/** Resolves with the first report that says so, in the run that is under way. */
export function reported(host: PlayedHost, wanted: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const before = host.disk.beforeChange;
  host.disk.beforeChange = (what) => {
    before(what);
    if (what !== `rename ${host.places.report}`) return;
    setImmediate(() => {
      void host.report().then((report) => report.phase === wanted && resolve());
    });
  };
  return promise;
}
