import { describe, expect, it } from "vitest";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import type { LabHost } from "../../support/simulated-host/lab-host.ts";
import { ended, inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;
const STATE = "/nix/var/nixwave";

/** The host's memory on a disk of 2 MiB. */
const smallDisk = async ({ machine }: LabHost): Promise<void> => {
  const mount = `mount -t tmpfs -o size=2m,mode=700 tmpfs ${STATE}`;
  await machine.run("sh", "-c", `systemctl stop nixwave-activator.timer; ${mount}`);
  await machine.run("systemctl", "start", "nixwave-activator.service", "nixwave-activator.timer");
};
/** Nothing fits any more, not even with the reserve that the host had put by. */
const fill = ({ machine }: LabHost): Promise<string> =>
  machine.run(
    ...(["sh", "-c"] as const),
    `cat /dev/zero >${STATE}/fill-1; rm -f ${STATE}/reserve; cat /dev/zero >${STATE}/fill-2; true`,
  );
const empty = ({ machine }: LabHost): Promise<string> =>
  machine.run("sh", "-c", `rm ${STATE}/fill-1 ${STATE}/fill-2`);

describe.skipIf(skip)("a simulated host whose disk is full", { timeout: 240_000 }, () => {
  it("is returned by its deadman from a system that fills the disk, and says so once there is space", async () => {
    await using home = await tried({ next: {}, prepare: smallDisk });
    const { host, old, fresh } = home;
    await inTrial(host);
    await fill(host);
    expect(await host.current()).toBe(fresh);
    const isBack = `until test "$(readlink /run/current-system)" = ${old}; do sleep 0.2; done`;
    await host.machine.run("timeout", "120", "sh", "-c", isBack);
    await empty(host);
    const end = await ended(host);
    const outcome = { code: "rolled-back", reason: "lease-expired" };
    expect(end).toMatchObject({ outcome, current: old, profile: old });
    expect(await host.bootDefault()).toBe(old);
  });

  it("keeps nothing that it cannot write down", async () => {
    await using home = await tried({ next: {}, prepare: smallDisk });
    const { host, old, system } = home;
    await inTrial(host);
    await fill(host);
    await host.renewSession();
    await host.order("commit", system);
    const isBack = `until test "$(readlink /run/current-system)" = ${old}; do sleep 0.2; done`;
    await host.machine.run("timeout", "120", "sh", "-c", isBack);
    expect(await host.bootDefault()).toBe(old);
    await empty(host);
    expect(await ended(host)).toMatchObject({ outcome: { code: "rolled-back" }, current: old });
  });
});
