import { describe, expect, it } from "vitest";
import { failedIn, failingIn, flappingIn, presentIn } from "../../../agent/machine/unit-lists.ts";
import { descriptionOf, UNIT_PROPERTIES, unitState } from "../../../agent/machine/unit-state.ts";

const KEY = "r1-2-test-1";
const shown = (fields: Readonly<Record<string, string>>): string =>
  Object.entries({
    ...{ Description: descriptionOf(KEY), LoadState: "loaded", ActiveState: "active" },
    ...{ SubState: "exited", Result: "success", ExecMainStatus: "0", ...fields },
  })
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");

describe("what systemd says of the switch's unit", () => {
  it.each([
    ["while it starts", { ActiveState: "activating", SubState: "start" }],
    ["while it runs", { SubState: "running" }],
    ["while it is being stopped", { ActiveState: "deactivating", SubState: "stop-sigterm" }],
  ])("is that it runs, %s, and for whom", (_name, fields) => {
    expect(unitState(shown(fields))).toEqual({ key: KEY, isRunning: true, end: null });
  });

  const failed = { ActiveState: "failed", SubState: "failed" };
  it.each([
    ["well", {}, { kind: "exited", status: 0 }],
    [
      "with 4",
      { ...failed, Result: "exit-code", ExecMainStatus: "4" },
      { kind: "exited", status: 4 },
    ],
    [
      "by its time limit",
      { ...failed, Result: "timeout", ExecMainStatus: "15" },
      { kind: "too-slow" },
    ],
    [
      "by a signal",
      { ...failed, Result: "signal", ExecMainStatus: "9" },
      { kind: "killed", signal: "signal" },
    ],
    [
      "with a core dump",
      { ...failed, Result: "core-dump" },
      { kind: "killed", signal: "core-dump" },
    ],
    [
      "for want of memory",
      { ...failed, Result: "oom-kill" },
      { kind: "killed", signal: "oom-kill" },
    ],
    [
      "before it began (203)",
      { ...failed, Result: "exit-code", ExecMainStatus: "203" },
      { kind: "not-started", message: "systemd could not execute it (203)" },
    ],
  ])("is how it ended: %s", (_name, fields, end) => {
    expect(unitState(shown(fields))).toEqual({ key: KEY, isRunning: false, end });
  });

  it.each([
    ["nothing is loaded", { LoadState: "not-found", ActiveState: "inactive" }],
    ["somebody else's unit has the name", { Description: "my switch", SubState: "running" }],
  ])("is nothing of ours when %s", (_name, fields) => {
    expect(unitState(shown(fields))).toEqual({ key: "", isRunning: false, end: null });
  });

  it("is nothing of ours when systemctl said nothing", () => {
    expect(unitState("")).toEqual({ key: "", isRunning: false, end: null });
  });

  it("reads a value with an equals sign, and asks for every property that it reads", () => {
    const text = shown({ Description: descriptionOf("a=b"), SubState: "running" });
    expect(unitState(text).key).toBe("a=b");
    const asked = UNIT_PROPERTIES.split(",");
    const read = text.split("\n").map((line) => line.split("=")[0]);
    expect(new Set(asked)).toEqual(new Set(read));
  });
});

describe("systemctl's lists", () => {
  it("name the failed units, whatever marks them", () => {
    const listed =
      "app.service loaded failed failed An app\n  dev-sda1.swap loaded failed failed /dev/sda1\n\nuser@1000.service loaded failed failed x\n";
    expect(failedIn(listed)).toEqual(["app.service", "dev-sda1.swap", "user@1000.service"]);
    expect(failedIn("")).toEqual([]);
    expect(failedIn("● app.service loaded failed failed")).toEqual([]);
  });

  it("name what failed and waits to be started again, and not what only ended", () => {
    const shownUnits = [
      "Id=camera.service\nSubState=auto-restart\nResult=exit-code",
      "Id=poller.service\nSubState=auto-restart\nResult=success",
      "Id=now.service\nSubState=running\nResult=exit-code",
      "Id=soon.service\nSubState=auto-restart-queued\nResult=signal",
    ].join("\n\n");
    expect(failingIn(shownUnits)).toEqual(["camera.service", "soon.service"]);
    expect(failingIn("")).toEqual([]);
  });

  it("name what failed more than once and lately, and not what stumbled once, long ago, or only ended", () => {
    const block = (id: string, restart: string, restarts: number, startedUs: number): string =>
      `Id=${id}\nRestart=${restart}\nNRestarts=${restarts}\nExecMainStartTimestampMonotonic=${startedUs}`;
    const shownUnits = [
      block("camera.service", "on-failure", 2, 500),
      block("hung.service", "on-watchdog", 9, 900),
      block("stumbled.service", "on-failure", 1, 900),
      block("longago.service", "on-failure", 7, 499),
      block("poller.service", "always", 7, 900),
      block("job.service", "on-success", 7, 900),
      block("oneshot.service", "no", 0, 900),
      "Id=nothing.service",
    ].join("\n\n");
    expect(flappingIn(`${shownUnits}\n`, 500)).toEqual(["camera.service", "hung.service"]);
    expect(flappingIn("", 0)).toEqual([]);
  });

  it("name the units that are loaded, and one that outlives its file", () => {
    const shownUnits =
      "Id=comin.service\nLoadState=loaded\n\nId=cachix-agent.service\nLoadState=not-found\n\nLoadState=loaded\n\nId=x.timer\nLoadState=masked\n";
    expect(presentIn(shownUnits)).toEqual(["comin.service"]);
    const outlives = "Id=cachix-agent.service\nLoadState=not-found\nActiveState=active\n";
    expect(presentIn(outlives)).toEqual(["cachix-agent.service"]);
    expect(presentIn("")).toEqual([]);
  });
});
