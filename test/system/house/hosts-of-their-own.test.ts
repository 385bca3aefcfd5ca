import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NUC, RP4 } from "../../../src/cli/demo/demo-home.ts";
import { hasKept } from "../../../src/cli/demo/home-sight.ts";
import { needs } from "../../support/system-parts.ts";
import { type House, openHouse } from "./house-rig.ts";
import { endedAs, isPausedBy, stateOf } from "./rollout-sight.ts";

const missing = needs("nix", "mosquitto").skip;

describe.skipIf(missing)("hosts with a life of their own", { timeout: 100_000 }, () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse({ "homelab-rollout": { stageTimeout: "5s" } });
  }, 100_000);
  afterAll(() => house?.close(), 60_000);

  it("one is away: the others do not wait, and it catches up when it is back", async () => {
    await house.nuc.stopAgent();
    await house.until("nuc is away", ({ online }) => !online.has(NUC));
    const good = await house.publish("works");
    await house.until("over", ({ status }) => endedAs(status, good.title, "PartiallyPromoted"));
    expect(hasKept(house.watch.sight, RP4, good.paths.get(RP4))).toBe(true);
    expect(stateOf(house.watch.sight.status, NUC)).toBe("Deferred");
    await house.nuc.startAgent();
    await house.until("nuc caught up", (sight) => hasKept(sight, NUC, good.paths.get(NUC)));
  });

  it("a person switches one in the middle of its trial: that is theirs, and the next release asks", async () => {
    const own = await house.build("works");
    const ownPath = own.paths.get(RP4);
    if (!ownPath) throw new Error("no system for rp4");
    const goOn = await house.rp4.holdSwitch("test");
    const tried = await house.publish("works");
    await house.until("rp4 switches", ({ reports, status }) => {
      return status?.title === tried.title && reports.get(RP4)?.phase === "activating";
    });
    house.listenToBedroom(false); // so that nothing is kept before the person is there
    await goOn();
    await house.until("in trial", ({ reports }) => reports.get(RP4)?.phase === "in-trial");
    await house.rp4.switchByHand(ownPath);
    await house.until("taken over", ({ reports }) => {
      return reports.get(RP4)?.outcome?.code === "taken-over";
    });
    house.listenToBedroom(true);
    expect(house.watch.sight.reports.get(RP4)?.current).toBe(ownPath);
    const next = await house.publish("works");
    await house.until("it asks", ({ status }) =>
      isPausedBy(status, next.title, "ApprovalRequired"),
    );
    expect(house.watch.sight.reports.get(RP4)?.current).toBe(ownPath);
    await house.request("approve", { host: RP4 });
    await house.until("overwritten", (sight) => hasKept(sight, RP4, next.paths.get(RP4)));
    await house.until("promoted", ({ status }) => endedAs(status, next.title, "Promoted"));
  });

  it("wires lead around try on host: that is an error, and nothing is deployed", async () => {
    const before = [RP4, NUC].map((host) => house.watch.sight.reports.get(host)?.current);
    await house.hub.deploy({ "homelab-rollout": { wires: [["homelab-keep"], [], []] } });
    const good = await house.publish("works");
    await house.until("it failed and waits", ({ status }) =>
      isPausedBy(status, good.title, "HostFailure"),
    );
    await expect
      .poll(
        () => house.hub.lines.some(({ text }) => /it has reported no trial to keep/.test(text)),
        {
          timeout: 20_000,
        },
      )
      .toBe(true);
    const caught = house.hub.lines.filter(({ node }) => node?.startsWith("debug"));
    expect(caught.some(({ text }) => text.includes("not-in-trial"))).toBe(true);
    const rp4 = house.watch.sight.status?.hosts.find(({ host }) => host === RP4);
    expect(rp4).toMatchObject({ state: "Failed", why: "the wires lead to keep without a trial" });
    await house.request("abort", {});
    await house.until("over", ({ status }) => endedAs(status, good.title, "Aborted"));
    const after = [RP4, NUC].map((host) => house.watch.sight.reports.get(host)?.current);
    expect(after).toEqual(before);
  });
});
