import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { needs } from "../../support/system-parts.ts";
import { type Bundles, buildBundles, clockHome } from "../clock-rig.ts";

const skip = needs("nix", "faketime").skip || canBootHosts().skip;

let bundles: Bundles;
beforeAll(async () => {
  if (!skip) bundles = await buildBundles();
});
afterAll(async () => {
  if (!skip) await bundles[Symbol.asyncDispose]();
});

const home = (more = {}) => clockHome({ bundles, clock: "right", isSynchronised: true, ...more });

describe.skipIf(skip)("a clock that jumps while nobody commits", { timeout: 300_000 }, () => {
  it("a year ahead and synchronised makes the commit stale, and the lease brings the old system back", async () => {
    await using the = await home();
    await the.order("trial");
    await the.reported(({ phase }) => phase === "in-trial");
    await the.setClock("a year ahead", true);
    await the.order("commit");
    const refused = await the.reported(({ refusal }) => refusal !== null);
    expect(refused).toMatchObject({ refusal: { code: "order-stale" }, current: the.fresh });
    const end = await the.reported(({ outcome }) => outcome !== null);
    const outcome = { code: "rolled-back", reason: "lease-expired" };
    expect(end).toMatchObject({ outcome, current: the.old, profile: the.old });
  });

  it.each(["a year ahead", "a year behind"] as const)(
    "%s neither hurries nor stops the deadman, who counts boot time",
    async (clock) => {
      await using the = await home({ next: { activator: "broken" } });
      await the.order("trial");
      await the.reported(({ current }) => current === the.fresh);
      await the.setClock(clock, true);
      const end = await the.reported(({ outcome }) => outcome !== null);
      const outcome = { code: "rolled-back", reason: "lease-expired" };
      expect(end).toMatchObject({ outcome, current: the.old });
    },
  );
});
