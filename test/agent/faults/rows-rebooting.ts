import { utf8 } from "../../support/contract-builders.ts";
import { OLD, type PlayedHost, SWITCH_LIMIT_MS } from "../activator/played-host.ts";
import { LEASE_MS } from "../activator/stories.ts";
import { AT_ONCE, type FaultRow, NEW_KEPT, OLD_RUNS } from "./fault-row.ts";
import { ask, confirm, killedWhen, passLease, TICK_MS } from "./scenes.ts";

const returned = (code: string) =>
  ({ ...OLD_RUNS, ...AT_ONCE, outcome: "rolled-back", code }) as const;

async function rebooted(host: PlayedHost): Promise<void> {
  host.reality.rebootReasons = ["kernel"];
  await ask(host, "boot", 1, { approved: "one-shot" });
  host.boot();
  await host.run();
}

const REBOOT_LEASE = {
  safeWithinMs: SWITCH_LIMIT_MS + LEASE_MS + TICK_MS,
  safeIn: "switch limit + lease + 15 s + a boot",
} as const;

/** It has come up, and nothing of Nixwave has run there yet but the unit that has the old deadman look. */
async function cameUp(host: PlayedHost): Promise<void> {
  host.reality.rebootReasons = ["kernel"];
  await ask(host, "boot", 1, { approved: "one-shot" });
  host.boot();
  host.reality.isDeadmanArmed = true;
}

/** The deadman ticks until it reboots the host, and nobody else does anything. */
async function untilRebooted(host: PlayedHost): Promise<void> {
  const reboots = () => host.reality.did.filter((one) => one === "reboot").length;
  const before = reboots();
  for (let tick = 0; tick < 200 && reboots() === before; tick++) {
    host.reality.bootMs += TICK_MS;
    await host.deadman();
  }
  host.boot();
  await host.run();
}

/** Goal boot with a loader that has a one-shot entry. */
export const ROWS_REBOOTING: readonly FaultRow[] = [
  {
    ...{ fault: "the approval names another risk than the host has", phase: "staged" },
    ...{ ...OLD_RUNS, ...AT_ONCE, outcome: "rejected", code: "boot-not-approved" },
    play: async (host) => {
      host.reality.rebootReasons = ["kernel"];
      await ask(host, "boot", 1, { approved: "no-way-back" });
    },
  },
  {
    ...{ fault: "power cut while the boot entry is made", phase: "rebooting" },
    ...returned("power-lost"),
    play: async (host) => {
      host.reality.rebootReasons = ["kernel"];
      await killedWhen(
        host,
        () => host.said.includes("profile"),
        () => ask(host, "boot", 1, { approved: "one-shot" }),
        () => host.losePower(),
      );
    },
  },
  {
    ...{
      fault: "the new kernel does not come up; the next boot is the old system",
      phase: "rebooting",
    },
    ...returned("boot-failed"),
    play: async (host) => {
      host.reality.rebootReasons = ["kernel"];
      await ask(host, "boot", 1, { approved: "one-shot" });
      host.reality.bootOnce = null;
      host.boot();
      await host.run();
    },
  },
  {
    ...{ fault: "it comes up, and its activator never runs", phase: "rebooting" },
    ...{ ...returned("lease-expired"), ...REBOOT_LEASE },
    play: async (host) => {
      await cameUp(host);
      await untilRebooted(host);
    },
  },
  {
    ...{ fault: "it comes up, and the journal is damaged", phase: "rebooting" },
    ...{ ...OLD_RUNS, ...REBOOT_LEASE, outcome: null, code: "host-memory-damaged" },
    play: async (host) => {
      await cameUp(host);
      await host.disk.write(host.places.journal, utf8("{"));
      await host.run();
      await untilRebooted(host);
    },
  },
  {
    ...{ fault: "it comes up and nobody confirms", phase: "in trial" },
    ...{
      ...returned("lease-expired"),
      safeWithinMs: LEASE_MS + TICK_MS,
      safeIn: "lease + 15 s + a boot",
    },
    play: async (host) => {
      await rebooted(host);
      await passLease(host, false);
      host.boot();
      await host.run();
    },
  },
  {
    ...{ fault: "it comes up, power cut before anybody confirms", phase: "in trial" },
    ...returned("power-lost"),
    play: async (host) => {
      await rebooted(host);
      host.losePower();
      await host.run();
    },
  },
  {
    ...{ fault: "it comes up and is confirmed", phase: "in trial" },
    ...{ ...NEW_KEPT, ...AT_ONCE },
    play: async (host) => {
      await rebooted(host);
      await confirm(host);
    },
  },
  {
    ...{ fault: "the way back cannot be kept from garbage collection", phase: "rebooting" },
    ...returned("deadman-not-armed"),
    play: async (host) => {
      host.reality.rebootReasons = ["kernel"];
      host.reality.rootsFail = true;
      await ask(host, "boot", 1, { approved: "one-shot" });
    },
  },
  {
    ...{ fault: "the boot loader cannot be written", phase: "rebooting" },
    ...returned("bootloader-failed"),
    play: async (host) => {
      host.reality.rebootReasons = ["kernel"];
      host.reality.onSwitch = (system, verb) => (verb === "boot" && system !== OLD ? 1 : 0);
      await ask(host, "boot", 1, { approved: "one-shot" });
    },
  },
];
