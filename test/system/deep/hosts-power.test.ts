import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { journalCodec } from "../../../src/contract/index.ts";
import { canBootHosts } from "../../support/simulated-host/can-boot-hosts.ts";
import {
  type HoldPoint,
  holdAt,
  letGo,
  untilHeld,
} from "../../support/simulated-host/hold-point.ts";
import type { LabHost } from "../../support/simulated-host/lab-host.ts";
import { ended, inTrial, tried } from "../../support/simulated-host/lab-trial.ts";
import { needs } from "../../support/system-parts.ts";

const skip = needs("nix").skip || canBootHosts().skip;

/** What the disk says of the attempt at this moment. */
async function journalOf({ machine }: LabHost) {
  const bytes = await readFile(join(machine.disk, "nix/var/nixwave/journal.json"));
  const { open } = journalCodec.parse(bytes);
  return open && { phase: open.phase, step: open.step };
}

async function cutAndBoot(host: LabHost, point: HoldPoint): Promise<void> {
  await host.machine.cutPower();
  await letGo(host, point);
  await host.machine.boot();
}

type Home = Awaited<ReturnType<typeof tried>>;

/** The running system, what boots next and the profile are one, and it is the one that the report names. */
async function standsOn({ host }: Home, path: string): Promise<void> {
  const now = await host.report();
  expect(now).toMatchObject({ current: path, profile: path });
  expect(await host.current()).toBe(path);
  expect(await host.bootDefault()).toBe(path);
}

describe.skipIf(skip)("a power cut on a simulated host", { timeout: 300_000 }, () => {
  it("while it pulls: it pulls again, and the trial goes on to its end", async () => {
    await using home = await tried({ next: {}, prepare: (host) => holdAt(host, "pull") });
    const { host, old, fresh, system } = home;
    await untilHeld(host);
    expect(await journalOf(host)).toMatchObject({ phase: "staging" });
    await cutAndBoot(host, "pull");
    expect(await host.current()).toBe(old);
    expect((await inTrial(host)).current).toBe(fresh);
    await host.renewSession();
    await host.order("commit", system);
    expect(await ended(host)).toMatchObject({ outcome: { code: "succeeded" } });
    await standsOn(home, fresh);
  });

  it("before the deadman is armed: the old system, and nothing of the new one was begun", async () => {
    await using home = await tried({ next: {}, prepare: (host) => holdAt(host, "arm") });
    const { host, old } = home;
    await untilHeld(host);
    expect(await journalOf(host)).toEqual({ phase: "activating", step: "arming" });
    expect(await host.current()).toBe(old);
    await cutAndBoot(host, "arm");
    const outcome = { code: "rolled-back", reason: "power-lost" };
    expect(await ended(host)).toMatchObject({ outcome });
    await standsOn(home, old);
  });

  it("as the switch begins: the old system, and it says why", async () => {
    await using home = await tried({ next: {}, prepare: (host) => holdAt(host, "test") });
    const { host, old } = home;
    await untilHeld(host);
    expect(await journalOf(host)).toEqual({ phase: "activating", step: "switching" });
    await cutAndBoot(host, "test");
    const outcome = { code: "rolled-back", reason: "power-lost" };
    expect(await ended(host)).toMatchObject({ outcome });
    await standsOn(home, old);
  });

  it("in the middle of the switch, when the new system runs by half: the old system, and it says why", async () => {
    await using home = await tried({ next: { troubles: ["hang"] } });
    const { host, old, fresh } = home;
    await host.machine.run(
      ...(["timeout", "60", "sh", "-c"] as const),
      `until [ "$(readlink /run/current-system)" = ${fresh} ]; do sleep 0.1; done`,
    );
    expect(await journalOf(host)).toEqual({ phase: "activating", step: "switching" });
    await host.machine.cutPower();
    await host.machine.boot();
    const outcome = { code: "rolled-back", reason: "power-lost" };
    expect(await ended(host)).toMatchObject({ outcome });
    await standsOn(home, old);
  });

  it("in a commit, between profile and boot loader: the old system, the profile goes back with it", async () => {
    await using home = await tried({ next: {}, prepare: (host) => holdAt(host, "boot") });
    const { host, old, fresh, system } = home;
    await inTrial(host);
    await host.renewSession();
    await host.order("commit", system);
    await untilHeld(host);
    expect(await journalOf(host)).toEqual({ phase: "committing", step: "booting" });
    const profile = await host.machine.run("readlink", "-f", "/nix/var/nix/profiles/system");
    expect({ profile, default: await host.bootDefault() }).toEqual({
      profile: fresh,
      default: old,
    });
    await cutAndBoot(host, "boot");
    const outcome = { code: "rolled-back", reason: "power-lost" };
    expect(await ended(host)).toMatchObject({ outcome });
    await standsOn(home, old);
  });

  it("in a commit, when the boot loader is written: the new system, and it is kept", async () => {
    await using home = await tried({ next: {}, prepare: (host) => holdAt(host, "boot-written") });
    const { host, fresh, system } = home;
    await inTrial(host);
    await host.renewSession();
    await host.order("commit", system);
    await untilHeld(host);
    expect(await journalOf(host)).toEqual({ phase: "committing", step: "booting" });
    expect(await host.bootDefault()).toBe(fresh);
    await cutAndBoot(host, "boot-written");
    expect(await ended(host)).toMatchObject({ outcome: { code: "succeeded", reason: null } });
    await standsOn(home, fresh);
  });

  it("on the way back: the old system, for the reason for which it went back", async () => {
    await using home = await tried({ next: {} });
    const { host, old, fresh, system } = home;
    await inTrial(host);
    await holdAt(host, "test");
    await host.order("revert", system);
    await untilHeld(host);
    expect(await journalOf(host)).toMatchObject({ phase: "reverting" });
    expect(await host.current()).toBe(fresh);
    await cutAndBoot(host, "test");
    const outcome = { code: "rolled-back", reason: "revert-ordered" };
    expect(await ended(host)).toMatchObject({ outcome });
    await standsOn(home, old);
  });
});
