import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NUC, RP4 } from "../../../src/cli/demo/demo-home.ts";
import { hasKept } from "../../../src/cli/demo/home-sight.ts";
import { needs } from "../../support/system-parts.ts";
import { type House, openHouse } from "./house-rig.ts";
import { endedAs, isPausedBy, stateOf } from "./rollout-sight.ts";

const missing = needs("nix", "mosquitto").skip;

describe.skipIf(missing)("people in a house on mosquitto", { timeout: 100_000 }, () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  }, 100_000);
  afterAll(() => house?.close(), 60_000);

  it("hold everything with the wall switch, and it goes on when they release it", async () => {
    await house.press("ON");
    await house.until("held", ({ holds }) => holds.has("wall"));
    const held = await house.publish("works");
    await house.until("it waits for the switch", ({ status, reports }) => {
      return isPausedBy(status, held.title, "Hold") && reports.get(RP4)?.phase === "staged";
    });
    expect(house.watch.sight.reports.get(RP4)?.current).not.toBe(held.paths.get(RP4));
    await house.press("OFF");
    await house.until("kept", (sight) => hasKept(sight, NUC, held.paths.get(NUC)));
    await house.until("promoted", ({ status }) => endedAs(status, held.title, "Promoted"));
  });

  it("roll back after the commit, and both hosts return to what they had", async () => {
    const before = house.watch.sight.reports.get(RP4)?.current;
    const beforeAtNuc = house.watch.sight.reports.get(NUC)?.current;
    const good = await house.publish("works");
    await house.until("promoted", ({ status }) => endedAs(status, good.title, "Promoted"));
    await house.request("rollback");
    await house.until("rp4 is back", ({ reports }) => {
      const report = reports.get(RP4);
      return report?.current === before && report?.profile === before && report?.phase === "idle";
    });
    await house.until("rolled back", ({ status }) => status?.completion === "RolledBack");
    expect(house.watch.sight.reports.get(NUC)?.profile).toBe(beforeAtNuc);
  });

  it("refuse what they are asked about: that host is left as it is", async () => {
    await house.hub.deploy({
      "homelab-rollout": { groups: ["rp4", "nuc"].map((host) => asking(host, host === "nuc")) },
    });
    const asked = await house.publish("works");
    await house.until("it asks", ({ status }) =>
      isPausedBy(status, asked.title, "ApprovalRequired"),
    );
    const before = house.watch.sight.reports.get(NUC)?.current;
    await house.request("skip", { host: NUC });
    await house.until("over", ({ status }) => endedAs(status, asked.title, "PartiallyPromoted"));
    expect(stateOf(house.watch.sight.status, NUC)).toBe("Skipped");
    expect(house.watch.sight.reports.get(RP4)?.current).toBe(asked.paths.get(RP4));
    expect(house.watch.sight.reports.get(NUC)?.current).toBe(before);
  });

  it("approve what they are asked about, and it goes on", async () => {
    const asked = await house.publish("works");
    await house.until("it asks", ({ status }) =>
      isPausedBy(status, asked.title, "ApprovalRequired"),
    );
    expect(house.watch.sight.reports.get(NUC)?.current).not.toBe(asked.paths.get(NUC));
    expect(await house.hub.ask({ verb: "approve", group: "nuc" })).toMatchObject({
      accepted: true,
    });
    await house.until("kept", (sight) => hasKept(sight, NUC, asked.paths.get(NUC)));
  });
});

const asking = (host: string, isAsked: boolean) => ({
  ...{ name: host, hosts: host, parallel: 1, reboot: "ask" },
  approval: isAsked ? "group" : "none",
});
