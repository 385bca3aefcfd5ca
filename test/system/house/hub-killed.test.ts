import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { NUC, RP4 } from "../../../src/cli/demo/demo-home.ts";
import { hasUndone } from "../../../src/cli/demo/home-sight.ts";
import type { Reported } from "../../../src/contract/index.ts";
import { needs } from "../../support/system-parts.ts";
import { type House, openHouse } from "./house-rig.ts";
import type { HouseRelease } from "./house-systems.ts";
import { endedAs, isPausedBy, stateOf } from "./rollout-sight.ts";

const missing = needs("nix", "mosquitto").skip;

describe.skipIf(missing)("a hub that is killed with SIGKILL", { timeout: 100_000 }, () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  }, 100_000);
  afterAll(() => house?.close(), 60_000);
  let heard = 0;
  beforeEach(() => {
    heard = house.reports.length;
  });

  /** What rp4 went through since the test began. */
  const told = (): readonly Reported["phase"][] =>
    house.reports
      .slice(heard)
      .filter(({ host }) => host === RP4)
      .map(({ phase }) => phase);
  const rp4Is = (phase: Reported["phase"], { title }: HouseRelease): Promise<void> =>
    house.until(`rp4 is ${phase}`, ({ reports, status }) => {
      return status?.title === title && reports.get(RP4)?.phase === phase;
    });
  const endsAsWithoutTheKill = async ({ title, paths }: HouseRelease): Promise<void> => {
    await house.until("promoted", ({ status }) => endedAs(status, title, "Promoted"));
    for (const host of [RP4, NUC]) {
      const { current, profile, outcome } = house.watch.sight.reports.get(host) ?? {};
      const path = paths.get(host);
      expect({ current, profile }).toEqual({ current: path, profile: path });
      expect(outcome?.code).toBe("succeeded");
      expect(stateOf(house.watch.sight.status, host)).toBe("Succeeded");
    }
    expect(told()).not.toContain("reverting");
    expect(
      told().filter((phase, at, all) => phase === "activating" && all[at - 1] !== phase),
    ).toHaveLength(1);
  };

  it("while hosts download: they go on, and so does the rollout", async () => {
    const letGo = house.cache.hold();
    const good = await house.publish("works");
    await rp4Is("staging", good);
    await house.hub.kill();
    letGo();
    await house.hub.start();
    await endsAsWithoutTheKill(good);
  });

  it("while hosts wait for their turn: the hold is not forgotten", async () => {
    await house.press("ON");
    await house.until("held", ({ holds }) => holds.has("wall"));
    const good = await house.publish("works");
    await rp4Is("staged", good);
    await house.hub.kill();
    await house.hub.start();
    await house.until("it waits", ({ status }) => isPausedBy(status, good.title, "Hold"));
    expect(told()).not.toContain("activating");
    await house.press("OFF");
    await endsAsWithoutTheKill(good);
  });

  it("while a host switches to its trial: the switch ends and is judged", async () => {
    const goOn = await house.rp4.holdSwitch("test");
    const good = await house.publish("works");
    await rp4Is("activating", good);
    await house.hub.kill();
    await goOn();
    await house.hub.start();
    await endsAsWithoutTheKill(good);
  });

  it("while a trial is watched: it is watched on and kept", async () => {
    const good = await house.publish("works");
    await rp4Is("in-trial", good);
    await house.until("soaking", ({ status }) => stateOf(status, RP4) === "Soaking");
    await house.hub.kill();
    await house.hub.start();
    await endsAsWithoutTheKill(good);
  });

  it("while a host keeps its system: it is kept", async () => {
    const goOn = await house.rp4.holdSwitch("boot");
    const good = await house.publish("works");
    await rp4Is("committing", good);
    await house.hub.kill();
    await goOn();
    await house.hub.start();
    await endsAsWithoutTheKill(good);
  });

  it("while a host returns: it has returned, and people are asked", async () => {
    const bad = await house.publish("broken");
    await rp4Is("in-trial", bad);
    const goOn = await house.rp4.holdSwitch("test");
    await rp4Is("reverting", bad);
    await house.hub.kill();
    await goOn();
    await house.hub.start();
    await house.until("rp4 is back", (sight) => hasUndone(sight, RP4, bad.paths.get(RP4)));
    await house.until("it asks", ({ status }) => isPausedBy(status, bad.title, "HostFailure"));
    expect(stateOf(house.watch.sight.status, RP4)).toBe("RolledBack");
    expect(house.watch.sight.reports.get(NUC)?.current).not.toBe(bad.paths.get(NUC));
    await house.request("abort");
    await house.until("stopped", ({ status }) => status?.completion === "Aborted");
  });

  it("while a roll back is under way: every host gets back to what it had", async () => {
    const before = [RP4, NUC].map((host) => house.watch.sight.reports.get(host)?.profile);
    const good = await house.publish("works");
    await house.until("promoted", ({ status }) => endedAs(status, good.title, "Promoted"));
    const goOn = await house.rp4.holdSwitch("test");
    await house.request("rollback");
    await house.until("rp4 is on its way back", ({ reports }) => {
      const { phase, target } = reports.get(RP4) ?? {};
      return phase === "activating" && target === before[0];
    });
    await house.hub.kill();
    await goOn();
    await house.hub.start();
    await house.until("rolled back", ({ status }) => status?.completion === "RolledBack");
    const after = [RP4, NUC].map((host) => house.watch.sight.reports.get(host));
    expect(after.map((report) => report?.profile)).toEqual(before);
    expect(after.map((report) => report?.current)).toEqual(before);
  });
});
