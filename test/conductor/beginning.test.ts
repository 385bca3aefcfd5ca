import { expect, it } from "vitest";
import { Renewal } from "../../src/conductor/renewal.ts";
import { parseSessionId } from "../../src/contract/index.ts";
import { Clock, PlayedHome, planWith, rp4 } from "./played-home.ts";

it("takes the fleet's plan when the journal's names other hosts, and else leaves the flow's last one", async () => {
  await using home = new PlayedHome();
  await home.open({ plan: planWith({ soak: "1m" }) });
  const same = await home.restart({ plan: planWith({ soak: "7m" }) });
  expect(same.view.state.plan.soak).toBe(60_000);
  const other = await home.restart({ plan: planWith({ hosts: [rp4] }), hosts: [rp4] });
  await home.clock.pass(100);
  expect(other.view.hosts.map(({ host }) => host)).toEqual([rp4]);
});

it("opens one new connection, though it is asked for twice", async () => {
  const clock = new Clock();
  const renewed: string[] = [];
  let connections = 0;
  const renewal = new Renewal({
    timers: clock.timers,
    bus: {
      renew: async () => {
        connections += 1;
      },
    },
    newSession: () => parseSessionId("33333333-3333-4333-8333-333333333333"),
    renewed: (_session, effect) => renewed.push(effect),
    failed: (error) => expect.unreachable(String(error)),
  });
  renewal.ask("first");
  renewal.ask("second");
  await clock.pass(10_000);
  expect(connections).toBe(1);
  expect(renewed).toEqual(["second"]);
});
