import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import type { LabHost } from "../../support/simulated-host/lab-host.ts";
import { ended, inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;

/** Starts it again with nothing but /nix, /boot, and of /etc what each boot of a NixOS makes anew. */
async function bootWithEmptyRoot({ machine: { disk, cutPower, boot } }: LabHost): Promise<void> {
  await cutPower();
  for (const one of await readdir(join(disk, "etc"))) {
    if (one !== "nixwave") await rm(join(disk, "etc", one), { recursive: true });
  }
  await rm(join(disk, "var"), { recursive: true });
  for (const folder of ["lib", "log", "tmp"]) {
    await mkdir(join(disk, "var", folder), { recursive: true });
  }
  await boot();
}

describe.skipIf(skip)(
  "a host whose root is emptied at each boot (DESIGN 7: what must survive lies below /nix/var)",
  { timeout: 180_000 },
  () => {
    it("knows its trial, the orders that it has seen, and how its attempts ended", async () => {
      await using home = await tried({ next: {} });
      const { host, old, fresh, system } = home;
      const { counter } = await inTrial(host);
      await bootWithEmptyRoot(host);
      expect(await ended(host)).toMatchObject({
        ...{ outcome: { code: "rolled-back", reason: "power-lost" }, current: old },
      });

      await host.order("trial", system, { attempt: 2 as never, counter: (counter - 1) as never });
      const { refusal } = await host.until((report) => report.refusal !== null);
      expect(refusal).toMatchObject({ code: "order-replayed" });

      await host.order("trial", system, { attempt: 2 as never });
      await inTrial(host);
      await host.renewSession();
      await host.order("commit", system, { attempt: 2 as never });
      await host.until(({ outcome }) => outcome?.code === "succeeded");
      await bootWithEmptyRoot(host);
      expect(await host.current()).toBe(fresh);
      const { stdout } = await host.command("history");
      expect(stdout).toContain("rolled-back");
      expect(stdout).toContain("succeeded");
    });
  },
);
