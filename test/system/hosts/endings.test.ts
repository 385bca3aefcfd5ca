import { describe, expect, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import { ended, inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;
const LIMIT = { timeout: 180_000 };

describe.skipIf(skip)("a trial on a simulated host", LIMIT, () => {
  it("is undone when the switch hangs until its limit", async () => {
    await using home = await tried({
      next: { troubles: ["hang"] },
      settings: { switchLimit: "5s" },
    });
    const end = await ended(home.host);
    const outcome = { code: "rolled-back", reason: "activation-too-slow" };
    expect(end).toMatchObject({ outcome, current: home.old });
  });

  it("has its switch adopted by the next activator when this one is killed", async () => {
    await using home = await tried({
      next: { troubles: ["hang"] },
      settings: { switchLimit: "8s" },
    });
    await home.host.until(({ phase, current }) => phase === "activating" && current === home.old);
    await home.host.machine.run("systemctl", "kill", "-s", "KILL", "nixwave-activator.service");
    const end = await ended(home.host);
    const outcome = { code: "rolled-back", reason: "activation-too-slow" };
    expect(end).toMatchObject({ outcome, current: home.old });
  });

  it("is undone when a probe of the host fails, and the probe is named", async () => {
    const camera = { name: "camera", kind: "command", program: "/bin/false", within: "1s" };
    await using home = await tried({ next: {}, settings: { probes: [camera] } });
    const end = await ended(home.host);
    expect(end).toMatchObject({ outcome: { code: "rolled-back", reason: "probe-failed" } });
    expect(end.outcome?.message).toContain("camera");
    expect(end.current).toBe(home.old);
  });

  it("is undone by the hub's word", async () => {
    await using home = await tried({ next: {} });
    await inTrial(home.host);
    await home.host.order("revert", home.system);
    const end = await ended(home.host);
    const outcome = { code: "rolled-back", reason: "revert-ordered" };
    expect(end).toMatchObject({ outcome, current: home.old });
  });

  it("is undone on waking when the host slept past its lease", async () => {
    await using home = await tried({ next: {} });
    await inTrial(home.host);
    await home.host.machine.suspend(3_600_000);
    const end = await ended(home.host);
    const outcome = { code: "rolled-back", reason: "lease-expired" };
    expect(end).toMatchObject({ outcome, current: home.old });
  });

  it("leaves alone what a person did in the middle of it", async () => {
    await using home = await tried({ next: {} });
    await inTrial(home.host);
    const theirs = home.old.replace("nixos-system-rp4-1", "nixos-system-rp4-9");
    await home.host.machine.run("ln", "-sfn", theirs, "/run/current-system");
    await home.host.order("revert", home.system);
    const end = await ended(home.host);
    expect(end).toMatchObject({ outcome: { code: "taken-over", reason: "person-acted" } });
    expect(await home.host.current()).toBe(theirs);
  });

  it("is kept when the boot loader fails once; all goes back when it fails twice or twice writes nothing", async () => {
    for (const trouble of ["bootfail-once", "bootfail", "bootempty"] as const) {
      await using home = await tried({ next: { troubles: [trouble] } });
      const { host, system, fresh, old } = home;
      await inTrial(host);
      await host.renewSession();
      await host.order("commit", system);
      const end = await ended(host);
      const isKept = trouble === "bootfail-once";
      const path = isKept ? fresh : old;
      const reason = isKept ? null : "bootloader-failed";
      expect(end).toMatchObject({ outcome: { reason }, current: path, profile: path });
      expect(await host.bootDefault()).toBe(path);
    }
  });
});

describe.skipIf(skip)("nothing is touched on a simulated host", LIMIT, () => {
  it("when it only observes: it says what would have happened", async () => {
    await using home = await tried({ next: {}, settings: { mode: "observe" } });
    const end = await ended(home.host);
    expect(end).toMatchObject({ outcome: { code: "rejected", reason: "observe-mode" } });
    expect(end.outcome?.message).toContain("app.service");
    expect(end.current).toBe(home.old);
  });

  it("when another deploy agent is enabled", async () => {
    const unit = "[Service]\nExecStart=/bin/true\n";
    await using home = await tried({
      next: {},
      prepare: ({ machine }) => machine.units.install("comin.service", unit),
    });
    const end = await ended(home.host);
    const outcome = { code: "rejected", reason: "other-deploy-agent", message: "comin.service" };
    expect(end).toMatchObject({ outcome, current: home.old });
  });

  it("when the system has no agent: refused at stage", async () => {
    await using home = await tried({ next: { withoutAgent: true } });
    const end = await ended(home.host);
    expect(end).toMatchObject({ outcome: { code: "failed", reason: "system-without-agent" } });
    expect(end.current).toBe(home.old);
  });

  it("when it needs another kernel, and the report has the reason", async () => {
    await using home = await tried({ next: { kernel: "6.7" } });
    const end = await ended(home.host);
    const outcome = { code: "needs-reboot", reason: "reboot-required", message: "kernel" };
    expect(end).toMatchObject({ outcome, current: home.old, profile: home.old });
    expect(await home.host.bootDefault()).toBe(home.old);
  });
});

describe.skipIf(skip)("a reboot into a new kernel", LIMIT, () => {
  const boot = {
    ...{ next: { kernel: "6.7" }, host: { loader: "systemd-boot" } as const },
    order: { goal: "boot", approved: "one-shot" },
  } as const;

  it("comes up on trial with the old system as default, and is kept when it is confirmed", async () => {
    await using home = await tried(boot);
    const { host, system, fresh, old } = home;
    const trial = await inTrial(host);
    expect(trial).toMatchObject({ current: fresh, booted: fresh, profile: old });
    expect(await host.bootDefault()).toBe(old);
    await host.renewSession();
    await host.order("commit", system);
    const end = await ended(host);
    expect(end, host.machine.console().slice(-3000)).toMatchObject({
      ...{ outcome: { code: "succeeded" }, rebootRequired: false },
    });
    expect(await host.bootDefault()).toBe(fresh);
  });

  it("returns by another reboot when nobody confirms it", async () => {
    await using home = await tried(boot);
    await inTrial(home.host);
    const end = await ended(home.host);
    const outcome = { code: "rolled-back", reason: "lease-expired" };
    expect(end).toMatchObject({ outcome, current: home.old, booted: home.old });
  });

  it("needs an approval that names this host's risk", async () => {
    await using home = await tried({ ...boot, host: {} });
    const end = await ended(home.host);
    expect(end).toMatchObject({ outcome: { code: "rejected", reason: "boot-not-approved" } });
    expect(end.bootRisk).toBe("no-way-back");
  });
});
