/*
 * Simulated hosts: a real systemd as PID 1, real Nix, real programs, each host in namespaces of its own.
 *
 *   using network = makeNetwork();                       // simulated-network.ts; optional
 *   await using host = await bootHost({ name: "rp4", network });
 *   await host.exec("systemctl", ["is-system-running"]); // { exitCode, stdout, stderr }, never throws
 *   await host.cutPower(); await host.boot();            // same disk, new boot id, uptime from 0
 *
 * What a host has of its own: /nix, /var, /boot and /etc (an overlay over the machine's) on its disk, the folder
 * `host.disk`; /run and /etc/systemd/system made anew by each boot; process ids, host name, cgroups, boot id,
 * boot time; a network namespace (without `network`: one with nothing in it). What it shares with the machine: /usr,
 * /bin, /lib, /tmp, this checkout, the wall clock. `host.disk` + "/nix/..." is the same file as /nix/... in it;
 * `host.place("/run/x")` is the way from outside to any file of a running host.
 *
 * Boot. boot.sh plays firmware, boot loader and stage 1: `/boot/one-shot` (names one of /boot/loader/entries, used
 * up), else `/boot/default` (a system's store path) becomes /run/booted-system and /run/current-system, and its
 * etc/systemd/system is laid over a handful of stock targets and over what `host.units.install` put there. A fixture's
 * `switch-to-configuration boot` writes these files (lab-system.ts). `loader: "systemd-boot"` gives the host a
 * /sys/firmware/efi and a `bootctl` that stands for the real one (bootctl.sh, first on every unit's PATH).
 *
 * Power. `cutPower` kills every process of the host at once. `systemctl reboot` in the host boots it again by itself, as
 * a machine would: `await host.nextBoot()` before or after. `systemctl poweroff` leaves it off.
 *
 * Time. Each boot has a time namespace, so /proc/uptime starts near 0. `suspend(ms)` freezes all processes, lets boot
 * time jump by `ms`, and thaws: as on hardware, CLOCK_MONOTONIC and with it systemd's timers do not see the jump, but a
 * reader of /proc/uptime does. The kernel lets nobody move CLOCK_BOOTTIME of running processes; so from the first
 * suspend of a boot on /proc/uptime is a plain file which this process rewrites every 20 ms. Do not block the event
 * loop while it matters; clock_gettime(CLOCK_BOOTTIME) does not see the jump.
 *
 * Not there: journald, logind, udev, timesyncd. Add units if wanted. The unit output goes to `host.console()`.
 *
 * Left behind: nothing. Disposing kills, removes cgroups, network and disk; what a killed run of the tests left is
 * removed by the next one (lab-ground.ts: everything is called nwlab-<pid>-...).
 * A suite that boots hosts says `describe.skipIf(canBootHosts().skip)` (can-boot-hosts.ts).
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { chmod, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execInside } from "./exec-inside.ts";
import { type FakeUptime, fakeUptime } from "./fake-uptime.ts";
import { pidOfSystemd, powerOn, untilUp } from "./host-power.ts";
import type { HostPlan, SimulatedHost } from "./host-shape.ts";
import { cleanLeftovers, killCgroup, makeCgroup, makeFolder, removeCgroup } from "./lab-ground.ts";
import type { NetworkPlug } from "./simulated-network.ts";

/** Makes a host and boots it. */
export async function bootHost(plan: HostPlan): Promise<SimulatedHost> {
  await cleanLeftovers();
  const disk = await layDisk(plan);
  await plan.install?.(disk);
  const host = hostOn(disk, plan);
  try {
    await host.boot();
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
  return host;
}

async function layDisk({ name, loader = "none" }: HostPlan): Promise<string> {
  const disk = await makeFolder(name);
  const folders = [
    "nix/store",
    "nix/var/nix/profiles",
    "var/lib",
    "var/log",
    "var/tmp",
    "boot/loader/entries",
  ];
  for (const folder of [...folders, "etc", "etc-work", "units", "bin"]) {
    await mkdir(join(disk, folder), { recursive: true });
  }
  await chmod(disk, 0o755); // units without privileges read their programs here
  if (loader === "systemd-boot") {
    await mkdir(join(disk, "efi"));
    await copyFile(join(import.meta.dirname, "bootctl.sh"), join(disk, "bin/bootctl"));
  }
  return disk;
}

function hostOn(disk: string, { name, network }: HostPlan): SimulatedHost {
  const cgroup = makeCgroup(name);
  const plug: NetworkPlug | null = network?.connect(name) ?? null;
  const consoleFile = join(disk, "console");
  let stage: { readonly machine: ChildProcess; readonly pid: number } | null = null;
  let uptime: FakeUptime | null = null;
  let boots = 0;
  let isGone = false;
  let watchers: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const pid = (): number => {
    if (stage === null) throw new Error(`${name} is off`);
    return stage.pid;
  };
  const exec: SimulatedHost["exec"] = (command, args = [], options = {}) =>
    execInside({ pid: pid(), cgroup, disk }, [command, ...args], options);
  const forget = () => {
    uptime?.stop();
    uptime = null;
    stage = null;
  };
  const boot = async (): Promise<void> => {
    if (stage !== null) throw new Error(`${name} is on`);
    const machine = powerOn({
      disk,
      name,
      cgroup,
      namespace: plug?.namespace ?? null,
      consoleFile,
    });
    machine.once("exit", (_status, signal) => {
      forget();
      // systemd's reboot ends a PID namespace with SIGHUP, poweroff with SIGINT (reboot(2)).
      if (signal === "SIGHUP" && !isGone) void killCgroup(cgroup).then(boot).then(tellAll, failAll);
    });
    stage = { machine, pid: await pidOfSystemd(machine, consoleFile) };
    boots += 1;
    await untilUp(exec, consoleFile);
  };
  const tellAll = () => settle(({ resolve }) => resolve());
  const failAll = (error: Error) => settle(({ reject }) => reject(error));
  const settle = (each: (watcher: (typeof watchers)[number]) => void) => {
    const all = watchers;
    watchers = [];
    for (const watcher of all) each(watcher);
  };
  const cutPower = async (): Promise<void> => {
    const was = stage;
    const ended = was === null ? null : once(was.machine, "exit");
    await killCgroup(cgroup);
    await ended;
  };
  return {
    name,
    disk,
    address: plug?.address ?? null,
    boots: () => boots,
    isUp: () => stage !== null,
    place: (path) => `/proc/${pid()}/root${path}`,
    exec,
    run: async (command, ...args) => {
      const end = await exec(command, args);
      if (end.exitCode === 0) return end.stdout.replace(/\n$/, "");
      throw new Error(
        `${name}: ${command} ${args.join(" ")} ended with ${end.exitCode}: ${end.stderr}`,
      );
    },
    cutPower,
    boot,
    nextBoot: () => new Promise((resolve, reject) => watchers.push({ resolve, reject })),
    cutNetwork: () => plug?.cut(),
    mendNetwork: () => plug?.mend(),
    suspend: async (ms) => {
      writeFileSync(join(cgroup, "cgroup.freeze"), "1");
      try {
        uptime ??= fakeUptime(pid());
        uptime.jump(ms);
      } finally {
        writeFileSync(join(cgroup, "cgroup.freeze"), "0");
      }
    },
    units: {
      install: async (unit, text) => {
        await writeFile(join(disk, "units", unit), text);
        if (stage === null) return;
        await writeFile(join("/proc", String(pid()), "root", "etc/systemd/system", unit), text);
        await exec("systemctl", ["daemon-reload"]);
      },
    },
    console: () => readFileSync(consoleFile, "utf8"),
    [Symbol.asyncDispose]: async () => {
      isGone = true;
      await cutPower();
      removeCgroup(cgroup);
      plug?.[Symbol.dispose]();
      await rm(disk, { recursive: true, force: true });
    },
  };
}
