import { expect, it } from "vitest";
import { instant } from "../../src/contract/index.ts";
import { doWell, PlayedHome, planWith, releaseOf, rp4 } from "./played-home.ts";

it("orders a host again whose clock was not set when the first order came", async () => {
  await using home = new PlayedHome();
  let isSet: boolean = false;
  home.play(rp4, (order, statement) => {
    if (isSet) return doWell(order, statement);
    const at = instant(home.clock.now);
    const refusal = { code: "clock-unsynchronised", counter: order.counter, message: "", at };
    const nothing = { rollout: null, attempt: null, counter: 0 as never, target: null } as const;
    return { phase: "idle", ...nothing, refusal, clock: "unsynchronised" } as const;
  });
  const plan = planWith({ hosts: [rp4] });
  const hub = await home.open({ plan, hosts: [rp4] });
  hub.offer(releaseOf("new", home.clock.now, [rp4]));
  await home.clock.pass(30_000);
  expect(home.orders.map(({ goal }) => goal)).toEqual(["stage"]);
  expect(hub.view.hosts[0]?.stepState).toBe("Staging");
  isSet = true;
  const [first] = home.orders;
  home.report(rp4, { phase: "idle", clock: "synchronised" }); // as the agent does when its clock is set
  await home.clock.pass(10 * 60_000 + 1_000);
  expect(home.orders[1]).toMatchObject({ goal: "stage", attempt: first?.attempt });
  expect(home.orders[1]?.counter).toBeGreaterThan(first?.counter ?? 0);
  await home.clock.pass(60_000);
  expect(home.broker.held({ kind: "rolloutStatus" })?.completion).toBe("Promoted");
});
