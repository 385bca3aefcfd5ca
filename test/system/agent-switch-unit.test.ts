import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RunOrder } from "../../agent/machine/machine.ts";
import type { SystemCall } from "../../agent/machine/system-call.ts";
import { systemCall } from "../../agent/machine/system-call.ts";
import { systemdRuns } from "../../agent/machine/systemd-runs.ts";
import type { StorePath } from "../../src/contract/index.ts";
import { HOST } from "../support/contract-builders.ts";
import { canBootHosts } from "../support/simulated-host/can-boot-hosts.ts";
import type { SimulatedHost } from "../support/simulated-host/host-shape.ts";
import { bootHost } from "../support/simulated-host/simulated-host.ts";

const skip = canBootHosts().skip;
const SWITCH = "nixwave-switch.service";
const soon = { timeout: 20_000, interval: 20 };

let host: SimulatedHost;
beforeAll(async () => {
  if (!skip) host = await bootHost({ name: HOST });
});
afterAll(async () => {
  if (!skip) await host[Symbol.asyncDispose]();
});

// Hosts share the machine's folder for temporary files, so both sides find what lies here under one name.
let folder: string;
let system: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-unit-"));
  system = join(folder, "system");
});
afterEach(async () => {
  if (!skip) {
    await host.exec("systemctl", ["stop", SWITCH]);
    await host.exec("systemctl", ["reset-failed", SWITCH]);
  }
  await rm(folder, { recursive: true, force: true });
});

/** A switch-to-configuration that does so. */
async function program(script: string): Promise<void> {
  await mkdir(join(system, "bin"), { recursive: true });
  const file = join(system, "bin/switch-to-configuration");
  await writeFile(file, `#!/bin/sh\ncd ${folder}\n${script}\n`);
  await chmod(file, 0o755);
}

/** What one activator has in its hands; a second one is the next activator. */
function activator() {
  const run: SystemCall["run"] = async (file, ...args) => ({
    ...(await host.exec(file, args)),
    ...{ signal: null, timedOut: false },
  });
  const call: SystemCall = {
    run,
    async expect(file, args) {
      const { exitCode, stderr } = await run(file, ...args);
      if (exitCode !== 0) throw new Error(stderr);
    },
  };
  const settings = {
    ...{ root: "/", path: "/usr/bin:/bin", stateDirectory: join(folder, "state") },
    ...({ clock: "assume", timeZone: null, isLaptop: false, say: () => undefined } as const),
  };
  const runs = systemdRuns(settings, call);
  const order = (key: string, limitMs = 60_000): RunOrder => ({
    ...{ run: { verb: "test", count: 1 }, key, system: system as StorePath },
    ...({ verb: "test", limitMs } as const),
  });
  return {
    ...runs,
    start: (key: string, limitMs?: number) => runs.start(order(key, limitMs)),
  };
}

describe.skipIf(skip)("the switch's transient unit under a real systemd", () => {
  it("runs with its verb and the files that outlive it, and leaves its result", async () => {
    await program('echo "activating: $1, $NIXOS_INSTALL_BOOTLOADER"; echo oops >&2; exit 4');
    const { start, ended, stateOf } = activator();
    expect(await stateOf("a-1")).toEqual({ state: "none" });
    await start("a-1");
    await ended("a-1");
    const end = { kind: "exited", status: 4 };
    const output = "activating: test, 0\noops\n";
    expect(await stateOf("a-1")).toEqual({ state: "ended", end, output });
    await host.run("systemctl", "stop", SWITCH);
    expect(await stateOf("a-1")).toEqual({ state: "ended", end, output });
  });

  it("runs once, however often it is started", async () => {
    await program("echo run >>runs; until [ -e go ]; do sleep 0.05; done");
    const { start, ended, stateOf } = activator();
    await start("a-1");
    await start("a-1");
    await activator().start("a-1");
    expect(await stateOf("a-1")).toEqual({ state: "running" });
    await writeFile(join(folder, "go"), "");
    await ended("a-1");
    await start("a-1");
    expect(await readFile(join(folder, "runs"), "utf8")).toBe("run\n");
  });

  it("is adopted by the next activator, which gets its output and its end", async () => {
    await program("echo before; until [ -e go ]; do sleep 0.05; done; echo after; exit 2");
    await activator().start("a-1");
    const next = activator();
    expect(await next.stateOf("a-1")).toEqual({ state: "running" });
    const over = next.ended("a-1");
    await writeFile(join(folder, "go"), "");
    await over;
    const end = { kind: "exited", status: 2 };
    expect(await next.stateOf("a-1")).toEqual({ state: "ended", end, output: "before\nafter\n" });
  });

  it("is ended by its limit, with everything that it started", async () => {
    await program("sleep 100000 & echo $! >child; wait");
    const { start, ended, stateOf } = activator();
    await start("a-1", 1000);
    await ended("a-1");
    expect(await stateOf("a-1")).toMatchObject({ state: "ended", end: { kind: "too-slow" } });
    const child = (await readFile(join(folder, "child"), "utf8")).trim();
    const alive = await host.exec("kill", ["-0", child]);
    expect(alive.exitCode).not.toBe(0);
  });

  it.each([
    ["the program alone", "kill -KILL $$", { kind: "killed", signal: "KILL" }],
    ["the whole unit", `systemctl kill --signal=KILL ${SWITCH}; sleep 9`, { kind: "killed" }],
  ])("tells a killed switch from one that failed: %s", async (_name, script, end) => {
    await program(script);
    const { start, ended, stateOf } = activator();
    await start("a-1");
    await ended("a-1");
    expect(await stateOf("a-1")).toMatchObject({ state: "ended", end });
  });

  it.each([
    ["is not there", null],
    ["may not be executed", 0o644],
  ])("tells a program that %s from one that failed", async (_name, mode) => {
    if (mode !== null) {
      await program("exit 0");
      await chmod(join(system, "bin/switch-to-configuration"), mode);
    }
    const { start, ended, stateOf } = activator();
    await start("a-1");
    await ended("a-1");
    expect(await stateOf("a-1")).toMatchObject({ state: "ended", end: { kind: "not-started" } });
  });

  it("is refused while another one runs, and makes way once that has ended", async () => {
    await program("until [ -e go ]; do sleep 0.05; done");
    const { start, ended, stateOf } = activator();
    await start("a-1");
    await expect(start("b-1")).rejects.toMatchObject({
      code: "program-not-started",
      message: `${SWITCH} still runs for a-1`,
    });
    expect(await stateOf("b-1")).toEqual({ state: "none" });
    await writeFile(join(folder, "go"), "");
    await ended("a-1");
    await expect
      .poll(() => host.run("systemctl", "show", "--value", "-p", "SubState", SWITCH), soon)
      .toBe("exited");
    await start("b-1");
    await ended("b-1");
    expect(await stateOf("b-1")).toMatchObject({
      state: "ended",
      end: { kind: "exited", status: 0 },
    });
    expect(await stateOf("a-1")).toMatchObject({
      state: "ended",
      end: { kind: "exited", status: 0 },
    });
  });

  it("is none for a boot that is over: it neither runs nor was it lost in this one", async () => {
    await program("sleep 100000");
    await activator().start("a-1");
    await expect
      .poll(() => readFile(join(folder, "state/switch/a-1.begun"), "utf8").catch(() => ""), soon)
      .not.toBe("");
    await host.cutPower();
    await host.boot();
    expect(await activator().stateOf("a-1")).toEqual({ state: "none" });
  });
});

describe("a program of the system", () => {
  const { run, expect: must } = systemCall(process.env["PATH"] ?? "");

  it("gives its bad end as a value, and as an error with its last words to who must have it", async () => {
    expect(await run("sh", "-c", "echo no >&2; exit 3")).toMatchObject({
      exitCode: 3,
      stderr: "no\n",
    });
    await must("true", []);
    await expect(must("sh", ["-c", "echo no >&2; exit 3"])).rejects.toMatchObject({
      code: "program-not-started",
      message: "sh: no",
    });
  });

  it("that is not there is an error", async () => {
    await expect(run("no-such-program-anywhere")).rejects.toMatchObject({
      code: "program-not-started",
    });
  });
});
