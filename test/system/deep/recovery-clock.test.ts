import { describe, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { needs } from "../../support/system-parts.ts";
import { buildBundles, clockHome } from "../clock-rig.ts";
import { guideTo } from "./guided-host.ts";

const skip = needs("nix", "faketime").skip || canBootHosts().skip;

describe.skipIf(skip)("a host whose clock stands in 1970 (docs/recovery.md)", () => {
  it("holds, says so to root, and goes on once its clock is set", {
    timeout: 240_000,
  }, async () => {
    await using bundles = await buildBundles();
    await using home = await clockHome({ bundles, clock: "1970", isSynchronised: false });
    const { follow } = await guideTo(home.host);
    await home.order("trial");
    await home.reported(({ refusal }) => refusal !== null);
    await follow("a wrong clock");
    await home.setClock("right", true);
    await home.order("trial");
    await follow("a clock that is set");
  });
});
