import type { Order } from "../../../src/contract/index.ts";
import { releasedOn } from "../../support/contract-builders.ts";
import { NEW, type PlayedHost } from "../activator/played-host.ts";
import { LEASE_MS, order } from "../activator/stories.ts";

export const BY_HAND = releasedOn(5, "by-hand").statement.storePath;
export const TICK_MS = 15_000;

/** An order comes, and the activator runs until it rests. */
export async function ask(
  host: PlayedHost,
  goal: Order["goal"],
  count: number,
  differences: Partial<Order> = {},
): Promise<void> {
  await host.drop(order(goal, count, differences));
  await host.run();
}

export async function toTrial(host: PlayedHost): Promise<void> {
  await ask(host, "stage", 1);
  await ask(host, "trial", 2);
}

/** The agent's new connection brings the hub's word. */
export async function confirm(host: PlayedHost): Promise<void> {
  await host.renewSession();
  await ask(host, "commit", 3);
}

/** Time goes by with a deadman that ticks and an activator that is started every minute, or never. */
export async function passTime(host: PlayedHost, ms: number, isActivatorAlive = true) {
  const until = host.reality.bootMs + ms;
  while (host.reality.bootMs < until) {
    host.reality.bootMs = Math.min(until, host.reality.bootMs + TICK_MS);
    await host.deadman();
    if (isActivatorAlive && host.reality.bootMs % 60_000 < TICK_MS) await host.run();
  }
  await host.run();
}

export const passLease = (host: PlayedHost, isActivatorAlive = true): Promise<void> =>
  passTime(host, LEASE_MS + TICK_MS, isActivatorAlive);

/** The activator dies at the first change for which `isIt` holds, and is started again. */
export async function killedWhen(
  host: PlayedHost,
  isIt: () => boolean,
  go: () => Promise<void>,
  then: () => Promise<void> | void = () => undefined,
): Promise<void> {
  const before = host.disk.beforeChange;
  host.disk.beforeChange = (what) => {
    if (isIt()) host.killAt = host.changes;
    before(what);
  };
  await go();
  host.disk.beforeChange = before;
  host.killAt = Number.POSITIVE_INFINITY;
  await then();
  await host.run();
}

/** The new system's switch ends so; the old one's works. */
export const switchEnds =
  (end: ReturnType<PlayedHost["reality"]["onSwitch"]>) =>
  (host: PlayedHost): void => {
    host.reality.onSwitch = (system, verb) => (system === NEW && verb === "test" ? end : 0);
  };

export const didSwitch = (host: PlayedHost): boolean => host.reality.did.includes(`test ${NEW}`);
