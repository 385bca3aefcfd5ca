import { describe, expect, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import type { LabHost } from "../../support/simulated-host/lab-host.ts";
import { ended, inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;

/** Fails twice at once, then runs until it is told to fail. */
async function flap({ machine }: LabHost): Promise<void> {
  const script =
    "echo >>/run/starts; [ $(wc -l </run/starts) -gt 2 ] || exit 1; until [ -e /run/others-flap ]; do sleep 0.05; done; exit 1";
  const restarts = ["-p", "Restart=on-failure", "-p", "RestartSec=2"];
  await machine.exec("systemd-run", ["--unit=camera", ...restarts, "sh", "-c", script]);
  const shown = ["show", "-p", "NRestarts", "--value", "camera.service"];
  const starts = async () => (await machine.exec("systemctl", shown)).stdout.trim();
  await expect.poll(starts, { timeout: 30_000, interval: 200 }).toBe("2");
}

describe.skipIf(skip)(
  "a simulated host with a real systemd and the real Nix",
  { timeout: 180_000 },
  () => {
    it("pulls, tries and keeps a system, with the new system's own activator", async () => {
      await using home = await tried({ next: {} });
      const { host, old, fresh, system } = home;
      const trial = await host.until(({ phase }) => phase === "in-trial");
      expect(trial).toMatchObject({ current: fresh, profile: old, booted: old, waiting: null });
      expect(trial.renewedAfterBootMs).toBeGreaterThan(0);
      expect(await host.bootDefault()).toBe(old);
      await host.renewSession();
      await host.order("commit", system);
      const end = await ended(host);
      expect(end).toMatchObject({ outcome: { code: "succeeded" }, current: fresh, profile: fresh });
      expect(await host.bootDefault()).toBe(fresh);
      const timers = await host.machine.exec("systemctl", ["is-active", "nixwave-deadman.timer"]);
      expect(timers.exitCode).not.toBe(0);
      await host.machine.cutPower();
      await host.machine.boot();
      expect(await host.current()).toBe(fresh);
    });

    it.each([
      [{ troubles: ["unitfail"] }, "units-failed"],
      [{ troubles: ["unitflaps"] }, "units-failed"],
      [{ troubles: ["activatefail"] }, "activation-failed"],
      [{ troubles: ["precheck"] }, "switch-check-failed"],
      [{ troubles: ["killed"] }, "activation-killed"],
    ] as const)("returns from %j", async (plan, reason) => {
      await using home = await tried({ next: plan });
      const end = await ended(home.host);
      expect(end).toMatchObject({ outcome: { code: "rolled-back", reason }, current: home.old });
      expect(await home.host.bootDefault()).toBe(home.old);
    });

    it("keeps its trial where what fails now has failed again and again before, and ran when it began", async () => {
      await using home = await tried({ next: { troubles: ["others-flap"] }, prepare: flap });
      await inTrial(home.host);
      const log = await home.host.machine.exec("sh", [
        "-c",
        "cat /nix/var/nixwave/switch/*.test.1.log",
      ]);
      expect(log.stdout).toContain("the following units failed: camera.service");
    });

    it("boots the old system after a power cut in a trial, and says so", async () => {
      await using home = await tried({ next: {} });
      await home.host.until(({ phase }) => phase === "in-trial");
      await home.host.machine.cutPower();
      await home.host.machine.boot();
      const end = await ended(home.host);
      expect(end).toMatchObject({
        ...{ outcome: { code: "rolled-back", reason: "power-lost" }, current: home.old },
      });
    });

    it("is returned by the deadman when the new system's activator is broken", async () => {
      await using home = await tried({ next: { activator: "broken" } });
      const end = await ended(home.host);
      expect(end).toMatchObject({
        ...{ outcome: { code: "rolled-back", reason: "lease-expired" }, current: home.old },
      });
    });
  },
);
