import { describe, expect, it } from "vitest";
import { sleepInhibitorIn } from "../../../agent/machine/laptop.ts";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import type { LabHost } from "../../support/simulated-host/lab-host.ts";
import { ended, inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { inhibitorsOf, startLogind } from "../../support/simulated-host/start-logind.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;
const ACTIVATOR = "nixwave-activator.service";

const laptop = {
  next: {},
  settings: { guards: { laptop: true } },
  prepare: ({ machine }: LabHost) => startLogind(machine),
} as const;

/** Real systemd, real logind and its real list of locks; no lid and no battery. */
describe.skipIf(skip)("a laptop on trial, under a real logind", { timeout: 180_000 }, () => {
  it("is kept awake until it is kept, by the new system's own activator, and may sleep then", async () => {
    await using home = await tried(laptop);
    const { host, system } = home;
    await inTrial(host);
    const held = await inhibitorsOf(host.machine);
    expect(held).toMatch(/^Nixwave .* sleep:handle-lid-switch .* block\s*$/m);
    expect(sleepInhibitorIn(held)).toBeNull();
    await host.renewSession();
    await host.order("commit", system);
    await ended(host);
    await untilEnded(host);
    expect(await inhibitorsOf(host.machine)).not.toContain("Nixwave");
  });

  it("whose activator was killed may sleep at once, and is returned all the same", async () => {
    await using home = await tried({ ...laptop, order: { lease: 30_000 as never } });
    const { host } = home;
    await inTrial(host);
    const { run } = host.machine;
    const pid = await run("systemctl", "show", "-p", "MainPID", "--value", ACTIVATOR);
    await run("systemctl", "stop", "nixwave-activator.timer", "nixwave-activator.path");
    await run("systemctl", "mask", "--runtime", ACTIVATOR);
    await run("kill", "-9", pid);
    await untilEnded(host);
    expect(await inhibitorsOf(host.machine)).not.toContain("Nixwave");
    await run("systemctl", "unmask", "--runtime", ACTIVATOR);
    await run("systemctl", "start", "nixwave-activator.timer");
    const end = await ended(host);
    expect(end).toMatchObject({ outcome: { code: "rolled-back" }, current: home.old });
  });

  it("does not begin while a person's program blocks sleep, and begins when it ends", async () => {
    const film = "systemd-run --unit=film systemd-inhibit --what=sleep --who=Player --why=Film";
    await using home = await tried({
      ...laptop,
      prepare: async (host) => {
        await startLogind(host.machine);
        await host.machine.run("sh", "-c", `${film} sleep 100000`);
      },
    });
    const waits = await home.host.until(({ waiting }) => waiting?.code === "sleep-inhibited");
    expect(waits.waiting?.message).toContain("Player: Film");
    await home.host.machine.run("systemctl", "stop", "film.service");
    await home.host.machine.run("systemctl", "start", ACTIVATOR);
    expect((await inTrial(home.host)).current).toBe(home.fresh);
  });
});

/** The activator's process is gone, and what it had started with it. */
async function untilEnded({ machine }: LabHost): Promise<void> {
  const script = `while systemctl is-active -q ${ACTIVATOR}; do sleep 0.1; done`;
  await machine.run("timeout", "30", "sh", "-c", script);
}
