import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Systemctl } from "../../agent/probe/probe-ports.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { CI_KEY, HOST, HUB_KEY } from "../support/contract-builders.ts";
import { canBootHosts } from "../support/simulated-host/can-boot-hosts.ts";
import type { SimulatedHost } from "../support/simulated-host/host-shape.ts";
import { bootHost } from "../support/simulated-host/simulated-host.ts";
import { run } from "./probe-rig.ts";

const skip = canBootHosts().skip;
const AGENT = fileURLToPath(new URL("../../agent/main.ts", import.meta.url));
const soon = { timeout: 30_000, interval: 50 };

const service = (lines: string): string =>
  `[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n[Service]\n${lines}\n`;

const UNITS = {
  "steady.service": service("ExecStart=/bin/sleep 100000\nRestart=always\nRestartSec=10ms"),
  "done.service": service("Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true"),
  "broken.service": service("ExecStart=/bin/false"),
  "slow.service": service("Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 1"),
  "nightly.timer": "[Timer]\nOnActiveSec=1d\nUnit=done.service\n",
};

let host: SimulatedHost;
const systemctl: Systemctl = (args) => host.exec("systemctl", args);
const property = async (unit: string, name: string): Promise<string> =>
  await host.run("systemctl", "show", "--value", "-p", name, unit);

beforeAll(async () => {
  if (skip) return;
  host = await bootHost({ name: HOST });
  for (const [name, text] of Object.entries(UNITS)) await host.units.install(name, text);
  await host.run("systemctl", "start", "steady.service", "done.service", "nightly.timer");
  await host.exec("systemctl", ["start", "broken.service"]);
});
afterAll(async () => {
  if (!skip) await host[Symbol.asyncDispose]();
});

describe.skipIf(skip)("a probe of units under a real systemd", () => {
  const patient = { kind: "units", settle: "50ms", retries: 0, timeout: "20s", within: "30s" };

  it("passes for services, one that is done, and a timer, which has no restarts", async () => {
    const units = ["steady.service", "done.service", "nightly.timer"];
    const seen = await run({ ...patient, units }, { systemctl });
    expect(seen).toMatchObject({ state: "passed", message: "active" });
  });

  it("names each unit that failed or is not there, and how it is", async () => {
    const units = ["steady.service", "broken.service", "nobody.service"];
    const seen = await run({ ...patient, units }, { systemctl });
    expect(seen).toMatchObject({
      state: "failed",
      message: "broken.service is failed (failed), nobody.service is inactive (dead)",
    });
  });

  it("fails when a service is restarted behind an active face", async () => {
    let looks = 0;
    const between: Systemctl = async (args, stop) => {
      looks += 1;
      if (looks === 2) {
        await host.run("systemctl", "kill", "--signal=KILL", "steady.service");
        await expect.poll(() => property("steady.service", "NRestarts"), soon).toBe("1");
        await expect.poll(() => property("steady.service", "ActiveState"), soon).toBe("active");
      }
      return await systemctl(args, stop);
    };
    const seen = await run({ ...patient, units: ["steady.service"] }, { systemctl: between });
    expect(seen).toMatchObject({ state: "failed", message: "restarting: steady.service" });
  });

  it("waits for a unit that is still starting, as long as its tries last", async () => {
    await host.run("systemctl", "start", "--no-block", "slow.service");
    const { retries: _none, ...plan } = patient;
    const seen = await run({ ...plan, units: ["slow.service"] }, { systemctl });
    expect(seen.state).toBe("passed");
    expect(seen.message).toMatch(/^active( \(\d+ tries\))?$/);
  });
});

describe.skipIf(skip)("the agent as a Type=notify service without a broker", () => {
  const UNIT = "nixwave-agent.service";
  const WATCHDOG_SECONDS = 3;

  beforeAll(async () => {
    if (skip) return;
    await mkdir(join(host.disk, "var/lib/agent"), { recursive: true });
    const config = {
      ...{ host: HOST, fleet: "github:someone/homelab", channel: "main" },
      ...{ system: "aarch64-linux", broker: "mqtt://127.0.0.1:1" },
      releaseKeys: [formatPublicKey(CI_KEY.publicKey)],
      hubKeys: [formatPublicKey(HUB_KEY.publicKey)],
      ...{ substituters: ["http://127.0.0.1:1"], cacheKeys: [formatPublicKey(CI_KEY.publicKey)] },
    };
    await writeFile(join(host.disk, "var/lib/agent.json"), JSON.stringify(config));
    const lines = [
      ...["Type=notify", "NotifyAccess=all", `WatchdogSec=${WATCHDOG_SECONDS}s`],
      ...["TimeoutStopSec=20s", "TimeoutAbortSec=1s", "Restart=on-failure", "RestartSec=10ms"],
      `ExecStart=${process.execPath} ${AGENT} --config /var/lib/agent.json`,
    ];
    await host.units.install(UNIT, service(lines.join("\n")));
  });

  it("is ready as soon as it runs and tries, and says what it tries", async () => {
    await host.run("systemctl", "start", UNIT);
    expect(await property(UNIT, "ActiveState")).toBe("active");
    expect(await property(UNIT, "StatusText")).toBe("no connection to mqtt://127.0.0.1:1");
  });

  it("keeps its watchdog quiet for as long as it tries", async () => {
    const pid = await property(UNIT, "MainPID");
    const heard = () => property(UNIT, "WatchdogTimestampMonotonic").then(Number);
    // systemd counts WatchdogSec from the last word: three words reach past the first one's limit.
    for (let words = 0; words < 3; words++) {
      const last = await heard();
      await expect.poll(heard, soon).toBeGreaterThan(last);
    }
    expect(await property(UNIT, "NRestarts")).toBe("0");
    expect(await property(UNIT, "MainPID")).toBe(pid);
  });

  it("is started anew by systemd when it hangs", async () => {
    const pid = await property(UNIT, "MainPID");
    await host.run("kill", "-STOP", pid);
    await expect.poll(() => property(UNIT, "NRestarts"), soon).toBe("1");
    await expect.poll(() => property(UNIT, "ActiveState"), soon).toBe("active");
    expect(await property(UNIT, "MainPID")).not.toBe(pid);
  });

  it("ends in order when it is stopped", async () => {
    await host.run("systemctl", "stop", UNIT);
    expect(await property(UNIT, "Result")).toBe("success");
    expect(await property(UNIT, "ActiveState")).toBe("inactive");
  });
});
