import { describe, expect, it } from "vitest";
import { lasting } from "../../support/contract-builders.ts";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { ended, inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;

describe.skipIf(skip)("a simulated host that nobody helps", { timeout: 300_000 }, () => {
  it("is returned although the new system's activator hangs and holds the lock", async () => {
    await using home = await tried({ next: { activator: "hangs" } });
    const end = await ended(home.host);
    const outcome = { code: "rolled-back", reason: "lease-expired" };
    expect(end).toMatchObject({ outcome, current: home.old });
  });

  it("reboots once into the old system when the way back fails", async () => {
    await using home = await tried({ next: { troubles: ["wayback-fails"] } });
    await inTrial(home.host);
    await home.host.order("revert", home.system);
    const end = await ended(home.host);
    const outcome = { code: "rolled-back", reason: "revert-ordered" };
    expect(end).toMatchObject({ outcome, current: home.old });
  });

  it.each(["broken", "hangs"] as const)(
    "reboots into the old system when the one that it booted into has an activator that is %s",
    async (activator) => {
      await using home = await tried({
        ...{ next: { kernel: "6.7", activator }, host: { loader: "systemd-boot" } },
        settings: { switchLimit: "10s" },
        order: { goal: "boot", approved: "one-shot", lease: lasting(10_000) },
      });
      const end = await ended(home.host);
      const outcome = { code: "rolled-back", reason: "lease-expired" };
      expect(end, home.host.machine.console().slice(-3000)).toMatchObject({
        ...{ outcome, current: home.old, booted: home.old, profile: home.old },
      });
      expect(await home.host.bootDefault()).toBe(home.old);
      expect(home.host.machine.boots()).toBe(3);
    },
  );

  it("is returned with the hub gone for good, by its own activator or its deadman", async () => {
    await using home = await tried({ next: {} });
    await inTrial(home.host);
    const end = await ended(home.host);
    const outcome = { code: "rolled-back", reason: "lease-expired" };
    expect(end).toMatchObject({ outcome, current: home.old });
  });
});
