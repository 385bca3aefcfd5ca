import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NUC, RP4 } from "../../../src/cli/demo/demo-home.ts";
import { hasKept, hasUndone } from "../../../src/cli/demo/home-sight.ts";
import { needs } from "../../support/system-parts.ts";
import { type House, openHouse } from "./house-rig.ts";

describe.skipIf(needs("nix", "mosquitto").skip)(
  "a house on mosquitto",
  { timeout: 100_000 },
  () => {
    let house: House;
    beforeAll(async () => {
      house = await openHouse();
    }, 100_000);
    afterAll(() => house?.close(), 60_000);

    it("takes a good release host by host, and every host reports that it keeps it", async () => {
      const good = await house.publish("works");
      await house.until("rp4 keeps it", (sight) => hasKept(sight, RP4, good.paths.get(RP4)));
      await house.until("nuc keeps it", (sight) => hasKept(sight, NUC, good.paths.get(NUC)));
      await house.until("promoted", ({ status }) => status?.completion === "Promoted");
    });

    it("undoes what lets the bedroom go cold, touches nothing else, and asks", async () => {
      const bad = await house.publish("broken");
      await house.until("rp4 is back", (sight) => hasUndone(sight, RP4, bad.paths.get(RP4)));
      await house.until("it asks", ({ status }) =>
        (status?.paused ?? []).some(({ condition }) => condition === "HostFailure"),
      );
      const ran = house.reports.filter(({ current }) => current === bad.paths.get(NUC));
      expect(ran).toEqual([]);
    });
  },
);
