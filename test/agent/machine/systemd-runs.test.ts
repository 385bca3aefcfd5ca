import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { switchFiles } from "../../../agent/machine/switch-files.ts";
import type { SystemCall } from "../../../agent/machine/system-call.ts";
import { systemdRuns } from "../../../agent/machine/systemd-runs.ts";
import { descriptionOf } from "../../../agent/machine/unit-state.ts";
import { NixwaveError } from "../../../src/contract/index.ts";
import { pathFor } from "../../support/contract-builders.ts";

const KEY = "r1-1-test-1";
const GONE = "LoadState=not-found\n";
const unit = (key: string, fields: string): string =>
  `Description=${descriptionOf(key)}\nLoadState=loaded\n${fields}\n`;

let state: string;
/** What systemctl says of the unit; asked anew at each look. */
let shown: () => Promise<string> | string;
let calls: string[];
let isRefused: boolean;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "nixwave-runs-"));
  await mkdir(join(state, "switch"));
  shown = () => GONE;
  calls = [];
  isRefused = false;
});
afterEach(() => rm(state, { recursive: true, force: true }));

const call: SystemCall = {
  async run(file, ...args) {
    calls.push(`${file} ${args[0]}`);
    const stdout = args[0] === "show" ? await shown() : "";
    return { exitCode: 0, signal: null, timedOut: false, stdout, stderr: "" };
  },
  async expect(file, args) {
    calls.push([file, ...args].join(" "));
    if (isRefused) throw new NixwaveError("program-not-started", "systemd-run: no");
  },
};
const runs = () =>
  systemdRuns(
    {
      ...{ root: "/", path: "/bin", stateDirectory: state, clock: "system", timeZone: null },
      ...{ isLaptop: false, say: () => undefined },
    },
    call,
  );
const start = () =>
  runs().start({
    run: { verb: "test", count: 1 },
    key: KEY,
    system: pathFor("new"),
    verb: "test",
    limitMs: 1500,
  });

describe("a run that systemd does not know any more", () => {
  it("was lost when it began in this boot and left no result, and is not begun again", async () => {
    const bootId = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    await writeFile(switchFiles(state, KEY).begun, bootId);
    expect(await runs().stateOf(KEY)).toEqual({ state: "lost" });
    await start();
    expect(calls.filter((one) => one.startsWith("systemd-run"))).toEqual([]);
  });

  it("was never begun in this boot when another boot began it", async () => {
    await writeFile(switchFiles(state, KEY).begun, "11111111-1111-4111-8111-111111111111\n");
    expect(await runs().stateOf(KEY)).toEqual({ state: "none" });
  });

  it("has ended when its result came between the two looks", async () => {
    shown = async () => {
      await writeFile(switchFiles(state, KEY).result, "0\n");
      return GONE;
    };
    const end = { kind: "exited", status: 0 };
    expect(await runs().stateOf(KEY)).toEqual({ state: "ended", end, output: "" });
  });
});

describe("a run that systemd knows", () => {
  it("runs only if the unit runs for it", async () => {
    shown = () => unit(KEY, "ActiveState=active\nSubState=running");
    expect(await runs().stateOf(KEY)).toEqual({ state: "running" });
    expect(await runs().stateOf("r1-2-test-1")).toEqual({ state: "none" });
  });

  it("could not be executed at all when systemd says 203", async () => {
    shown = () =>
      unit(KEY, "ActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=203");
    const end = { kind: "not-started", message: "systemd could not execute it (203)" };
    expect(await runs().stateOf(KEY)).toEqual({ state: "ended", end, output: "" });
  });
});

describe("starting a run", () => {
  it("clears the unit of the one before, and names limit, key and program", async () => {
    shown = () => unit("r1-0-test-1", "ActiveState=active\nSubState=exited\nResult=success");
    await start();
    expect(calls.slice(-3, -1)).toEqual(["systemctl stop", "systemctl reset-failed"]);
    const said = calls.at(-1) ?? "";
    for (const part of [
      ...["--unit=nixwave-switch.service", `--description=${descriptionOf(KEY)}`],
      ...["RuntimeMaxSec=2", "-E PATH=/bin", "-E NIXOS_INSTALL_BOOTLOADER=0"],
      `${pathFor("new")}/bin/switch-to-configuration test`,
    ]) {
      expect(said).toContain(part);
    }
  });

  it("says so when systemd refuses it", async () => {
    isRefused = true;
    await expect(start()).rejects.toMatchObject({ code: "program-not-started" });
  });
});
