import { describe, expect, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { bootLabHost } from "../../support/simulated-host/lab-host.ts";
import { openLab } from "../../support/simulated-host/lab-system.ts";
import { inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;

describe.skipIf(skip)(
  "root on a simulated host, with neither hub nor broker",
  { timeout: 180_000 },
  () => {
    it("applies what CI signed, looks at it, confirms it, and finds it in the history", async () => {
      await using lab = await openLab();
      const old = await lab.add({ version: "1" });
      const fresh = await lab.add({ version: "2" });
      await using host = await bootLabHost(lab, old);
      await host.machine.run("sh", "-c", "echo junk >/var/lib/junk.json");
      const refused = await host.command("apply", "/var/lib/junk.json");
      expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
      expect(refused.stderr).toContain("error[not-json]");
      expect(await host.command("pause", "x")).toMatchObject({ exitCode: 2 });
      const file = await host.releaseFile(fresh);
      const applied = await host.command("apply", file, "--yes", "--lease", "10m");
      expect(applied, applied.stderr).toMatchObject({ exitCode: 0 });
      expect(applied.stdout).toContain(`system   nixos-system-rp4-2  ${fresh.path}`);
      expect(applied.stdout).toContain("nixwave-agent confirm");
      const status = await host.command("status");
      expect(status.stdout).toContain(`runs     nixos-system-rp4-2  ${fresh.path}`);
      expect(status.stdout).toMatch(/lease {4}\d+ min \d+ s left/);
      const confirmed = await host.command("confirm");
      expect(confirmed, confirmed.stderr).toMatchObject({ exitCode: 0 });
      expect(await host.bootDefault()).toBe(fresh.path);
      const history = await host.command("history");
      expect(history.stdout).toMatch(/succeeded {2}nixos-system-rp4-2/);
      const again = await host.command("revert");
      expect(again).toMatchObject({ exitCode: 1 });
      expect(again.stderr).toContain("error[nothing-to-revert]");
    });

    it("reverts a trial of the hub, and keeps the host to itself", async () => {
      await using home = await tried({ next: {} });
      const { host, old, system } = home;
      await inTrial(host);
      const reverted = await host.command("revert");
      expect(reverted, reverted.stderr).toMatchObject({ exitCode: 0 });
      expect(await host.current()).toBe(old);
      expect(await host.command("pause", "2h")).toMatchObject({ exitCode: 0 });
      await host.order("trial", system, { attempt: 2 });
      await host.until(
        ({ waiting, phase }) => phase === "staged" && waiting?.code === "host-paused",
      );
      expect(await host.command("resume")).toMatchObject({ exitCode: 0 });
      await inTrial(host);
    });
  },
);
