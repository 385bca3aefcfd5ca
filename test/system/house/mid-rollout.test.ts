import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NUC, RP4 } from "../../../src/cli/demo/demo-home.ts";
import { hasKept } from "../../../src/cli/demo/home-sight.ts";
import { needs } from "../../support/system-parts.ts";
import { type House, openHouse } from "./house-rig.ts";
import { endedAs, stateOf } from "./rollout-sight.ts";

const missing = needs("nix", "mosquitto").skip;

describe.skipIf(missing)("in the middle of a rollout", { timeout: 100_000 }, () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  }, 100_000);
  afterAll(() => house?.close(), 60_000);

  const nobodyReturned = (): void => {
    expect(house.reports.filter(({ phase }) => phase === "reverting")).toEqual([]);
  };

  it("the flow is deployed anew while a trial is watched: it is kept", async () => {
    const good = await house.publish("works");
    await house.until("soaking", ({ status }) => {
      return status?.title === good.title && stateOf(status, RP4) === "Soaking";
    });
    await house.hub.deploy({ "homelab-note-step": { name: "a note that somebody changed" } });
    await house.until("promoted", ({ status }) => endedAs(status, good.title, "Promoted"));
    nobodyReturned();
  });

  it("the broker is restarted while a trial is watched: it is kept", async () => {
    const good = await house.publish("works");
    await house.until("soaking", ({ status }) => {
      return status?.title === good.title && stateOf(status, RP4) === "Soaking";
    });
    await house.broker.restart();
    await house.until("promoted", ({ status }) => endedAs(status, good.title, "Promoted"));
    expect(hasKept(house.watch.sight, NUC, good.paths.get(NUC))).toBe(true);
    nobodyReturned();
  });

  it("a newer release comes: the trial under way ends well, the rest takes the newest", async () => {
    const goOn = await house.rp4.holdSwitch("test");
    const older = await house.publish("works");
    await house.until("rp4 switches", ({ reports, status }) => {
      return status?.title === older.title && reports.get(RP4)?.phase === "activating";
    });
    await house.publish("works");
    const newest = await house.publish("works");
    await goOn();
    await house.until("promoted", ({ status }) => endedAs(status, newest.title, "Promoted"));
    for (const host of [RP4, NUC]) {
      expect(hasKept(house.watch.sight, host, newest.paths.get(host))).toBe(true);
    }
    const ran = house.reports.filter(({ host }) => host === NUC).map(({ current }) => current);
    expect(ran).not.toContain(older.paths.get(NUC));
    nobodyReturned();
  });
});
