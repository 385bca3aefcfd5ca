import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunOrder } from "../../agent/machine/machine.ts";
import type { MachineSettings } from "../../agent/machine/machine-settings.ts";
import { openMachine } from "../../agent/machine/open-machine.ts";
import { pathFor } from "../support/contract-builders.ts";

const OLD = pathFor("old");
const NEW = pathFor("new");
const soon = { timeout: 20_000, interval: 20 };

let root: string;
let settings: MachineSettings;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "nixwave-child-"));
  settings = {
    ...{ root, path: process.env["PATH"] ?? "", stateDirectory: join(root, "nix/var/nixwave") },
    ...{ clock: "assume", timeZone: "UTC", isLaptop: true, say: () => undefined },
  };
  await mkdir(settings.stateDirectory, { recursive: true });
});
afterEach(async () => {
  await machine().disarmDeadman();
  await rm(root, { recursive: true, force: true });
});
const machine = () => openMachine(settings);

async function program(script: string): Promise<void> {
  const bin = join(root, NEW, "bin");
  await mkdir(bin, { recursive: true });
  const file = join(bin, "switch-to-configuration");
  await writeFile(file, `#!/bin/sh\ncd "$NIXWAVE_ROOT"\n${script}\n`);
  await chmod(file, 0o755);
}
const order = (key: string, limitMs = 60_000): RunOrder => ({
  ...({ run: { verb: "test", count: 1 }, key, system: NEW, verb: "test", limitMs } as const),
});
const go = () => writeFile(join(root, "go"), "");
const untilGo = "until [ -e go ]; do sleep 0.05; done";

describe("a switch on a development host", () => {
  it("gets its verb, and leaves output and result", async () => {
    await program('echo "$1, $NIXOS_INSTALL_BOOTLOADER"; exit 4');
    expect(await machine().stateOf("a-1")).toEqual({ state: "none" });
    await machine().start(order("a-1"));
    await machine().ended("a-1");
    const end = { kind: "exited", status: 4 };
    expect(await machine().stateOf("a-1")).toEqual({ state: "ended", end, output: "test, 0\n" });
  });

  it("runs once, however often it is started, and is adopted by the next activator", async () => {
    await program(`echo run >>runs; ${untilGo}; echo done`);
    await machine().start(order("a-1"));
    await machine().start(order("a-1"));
    expect(await machine().stateOf("a-1")).toEqual({ state: "running" });
    const over = machine().ended("a-1");
    await go();
    await over;
    await machine().start(order("a-1"));
    expect(await readFile(join(root, "runs"), "utf8")).toBe("run\n");
    expect(await machine().stateOf("a-1")).toMatchObject({ state: "ended", output: "done\n" });
  });

  it("is ended by its limit", async () => {
    await program("exec sleep 100000");
    await machine().start(order("a-1", 1000));
    await machine().ended("a-1");
    expect(await machine().stateOf("a-1")).toMatchObject({ end: { kind: "too-slow" } });
  });

  it.each([
    ["that is killed", "kill -KILL $$", { kind: "killed", signal: "KILL" }],
    ["whose program is not there", null, { kind: "not-started" }],
  ])("%s is told from one that failed", async (_name, script, end) => {
    if (script !== null) await program(script);
    await machine().start(order("a-1"));
    await machine().ended("a-1");
    expect(await machine().stateOf("a-1")).toMatchObject({ state: "ended", end });
  });

  it("that left neither process nor result was killed", async () => {
    await program("echo $PPID >parent; exec sleep 100000");
    await machine().start(order("a-1"));
    const parent = () => readFile(join(root, "parent"), "utf8").catch(() => "");
    await expect.poll(parent, soon).not.toBe("");
    const pid = Number(await readFile(join(settings.stateDirectory, "switch/a-1.pid"), "utf8"));
    process.kill(-pid, "SIGKILL"); // the shell, and in its group all that it started
    await machine().ended("a-1");
    const end = { kind: "killed", signal: "unknown" };
    expect(await machine().stateOf("a-1")).toMatchObject({ state: "ended", end });
  });
});

describe("the deadman of a development host", () => {
  it("is armed once, and is gone when it is disarmed", async () => {
    expect(await machine().isDeadmanArmed()).toBe(false);
    await machine().disarmDeadman();
    await machine().armDeadman({ command: ["true"] } as never);
    const pid = () => readFile(join(settings.stateDirectory, "deadman.pid"), "utf8");
    const first = await pid();
    await machine().armDeadman({ command: ["true"] } as never);
    expect(await pid()).toBe(first);
    expect(await machine().isDeadmanArmed()).toBe(true);
    await machine().disarmDeadman();
    await expect.poll(() => machine().isDeadmanArmed(), soon).toBe(false);
  });

  it("ticks by itself, whatever becomes of who armed it", async () => {
    const ticked = join(root, "ticked");
    await machine().armDeadman({ command: ["touch", ticked] } as never);
    await expect.poll(() => readFile(ticked, "utf8").catch(() => null), soon).toBe("");
  });

  it("is not armed because another process got its number", async () => {
    const file = join(settings.stateDirectory, "deadman.pid");
    for (const text of [String(process.pid), "no number", "99999999"]) {
      await writeFile(file, text);
      expect(await machine().isDeadmanArmed()).toBe(false);
    }
    await machine().disarmDeadman(); // and must not end the process that has the number now
  });
});

describe("the facts of a development host", () => {
  it("come from its folder, and from this machine's kernel", async () => {
    await mkdir(join(root, "run"));
    await mkdir(join(root, "nix/var/nix/profiles"), { recursive: true });
    await symlink(NEW, join(root, "run/current-system"));
    await symlink(OLD, join(root, "run/booted-system"));
    await symlink("system-1-link", join(root, "nix/var/nix/profiles/system"));
    await symlink(OLD, join(root, "nix/var/nix/profiles/system-1-link"));
    const { current, booted, profile, bootId, bootMs, freeBytes, isReal } = machine();
    expect(isReal).toBe(false);
    expect([await current(), await booted(), await profile()]).toEqual([NEW, OLD, OLD]);
    const own = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    expect(await bootId()).toBe(own.trim());
    const [before, after] = [await bootMs(), await bootMs()];
    expect(after).toBeGreaterThanOrEqual(before);
    expect(await freeBytes()).toBeGreaterThan(0);
  });

  it("say what such a host cannot do, and pretend nothing", async () => {
    const host = machine();
    const refused = { code: "program-not-started", message: "a development host is not rebooted" };
    await expect(host.reboot()).rejects.toMatchObject(refused);
    await expect(host.bootOnce(NEW)).rejects.toMatchObject(refused);
    await host.forgetBootOnce();
    expect(await host.bootRisk()).toBe("no-way-back");
    expect([await host.failedUnits(), await host.otherAgents()]).toEqual([[], []]);
    const facts = { isMetered: false, batteryPercent: null, sleepInhibitor: null };
    expect(await host.guardFacts()).toMatchObject(facts);
  });

  it("take the clock for right only where the configuration says so", async () => {
    expect(await machine().isClockSynchronised()).toBe(true);
    settings = { ...settings, clock: "system" };
    expect(await machine().isClockSynchronised()).toBe(false);
  });
});
