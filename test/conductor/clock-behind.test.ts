import { rmSync } from "node:fs";
import { expect, it } from "vitest";
import type { HostName, Order, Statement } from "../../src/contract/index.ts";
import { doWell, nuc, PlayedHome, releaseOf, rp4 } from "./played-home.ts";

const HOUR_MS = 3_600_000;

it("a hub that lost journal and broker, with its clock behind, gets nothing done and harms nothing until the clock is right", async () => {
  await using home = new PlayedHome();
  const highest = new Map<HostName, number>();
  const tried: number[] = [];
  /** As a host's ratchet: nothing at or below what it has accepted. */
  const play = (host: HostName): void =>
    home.play(host, (order: Order, statement: Statement) => {
      const { counter } = order;
      const seen = highest.get(host) ?? 0;
      if (counter <= seen) {
        const refusal = {
          code: "order-replayed",
          message: "",
          counter,
          at: home.clock.now as never,
        };
        return { counter: seen as never, refusal, rollout: null, attempt: null, target: null };
      }
      highest.set(host, counter);
      if (order.goal === "trial") tried.push(counter);
      return doWell(order, statement);
    });
  play(rp4);
  play(nuc);
  const hub = await home.open();
  hub.offer(releaseOf("first", home.clock.now));
  await home.clock.pass(60_000);
  expect(tried).toHaveLength(2);
  await hub.close();
  const before = new Map(highest);

  rmSync(home.folder, { recursive: true });
  home.broker.retained.clear();
  home.clock.now -= HOUR_MS;
  const again = await home.restart();
  for (const host of [rp4, nuc]) {
    home.broker.tell({ kind: "availability", host }, online(home, host));
    home.repeat(host);
  }
  again.offer(releaseOf("second", home.clock.now + HOUR_MS));
  await home.clock.pass(HOUR_MS / 3);
  expect(
    home.orders.filter(({ counter }) => counter <= (before.get(rp4) ?? 0)).length,
  ).toBeGreaterThan(0);
  expect(highest).toEqual(before);
  expect(tried).toHaveLength(2);

  home.clock.now += HOUR_MS;
  await home.clock.pass(HOUR_MS / 3);
  expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
  expect(tried).toHaveLength(4);
});

function online(home: PlayedHome, host: HostName) {
  const topic = `hosts/${host}/availability`;
  const last = home.broker.said.findLast((one) => one.topic.endsWith(topic));
  return JSON.parse(Buffer.from(last?.bytes ?? []).toString());
}
