import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunState } from "../../../agent/decide/facts.ts";
import {
  endOf,
  isLost,
  outputOf,
  resultOf,
  type SwitchFiles,
  switchFiles,
  untilEnded,
  WRAPPER,
} from "../../../agent/machine/switch-files.ts";

let state: string;
let files: SwitchFiles;
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), "nixwave-switch-"));
  await mkdir(join(state, "switch"));
  files = switchFiles(state, "r1-1-test-1");
});
afterEach(() => rm(state, { recursive: true, force: true }));

describe("a switch's result file", () => {
  it.each([
    ["0\n", { kind: "exited", status: 0 }],
    ["100\n", { kind: "exited", status: 100 }],
    ["128", { kind: "exited", status: 128 }],
    ["126\n", { kind: "not-started", message: "status 126" }],
    ["127\n", { kind: "not-started", message: "status 127" }],
    ["137\n", { kind: "killed", signal: "KILL" }],
    ["143\n", { kind: "killed", signal: "TERM" }],
    ["129\n", { kind: "killed", signal: "1" }],
    ["", null],
    ["0\n0\n", null],
    ["-1\n", null],
    ["1000\n", null],
  ])("%j", (text, end) => {
    expect(endOf(text)).toEqual(end);
  });

  it("is nothing while it is not there, or half written by somebody else", async () => {
    expect(await resultOf(files)).toBeNull();
    await writeFile(files.result, "garbage");
    expect(await resultOf(files)).toBeNull();
  });

  it("comes with what was printed", async () => {
    await writeFile(files.log, "activating the configuration...\n");
    await writeFile(files.result, "4\n");
    const end = { kind: "exited", status: 4 };
    const output = "activating the configuration...\n";
    expect(await resultOf(files)).toEqual({ state: "ended", end, output });
  });

  it("that cannot be read is an error, never taken for a switch that did not end", async () => {
    await mkdir(files.result);
    await expect(resultOf(files)).rejects.toThrow("EISDIR");
  });
});

describe("a switch's output", () => {
  it("is empty when it printed nothing, and its last 64 KiB when it printed without end", async () => {
    expect(await outputOf(files)).toBe("");
    await writeFile(
      files.log,
      `first line\n${"x".repeat(65_000)}\n${"y".repeat(600)}\nlast line\n`,
    );
    const output = await outputOf(files);
    expect(output).toHaveLength(64 * 1024);
    expect(output.endsWith("\nlast line\n")).toBe(true);
    expect(output).not.toContain("first line");
  });

  it("that cannot be read is an error", async () => {
    await mkdir(files.log);
    await expect(outputOf(files)).rejects.toThrow("EISDIR");
  });
});

describe("a switch that left neither process nor result", () => {
  it("is lost when it began in this boot only", async () => {
    expect(await isLost(files, "boot-2")).toBe(false);
    await writeFile(files.begun, "boot-1\n");
    expect(await isLost(files, "boot-2")).toBe(false);
    expect(await isLost(files, "boot-1")).toBe(true);
  });
});

describe("waiting for a switch", () => {
  const RUNNING: RunState = { state: "running" };

  it("ends at once when there is none, without a folder to watch", async () => {
    await untilEnded(join(state, "nowhere"), async () => ({ state: "none" }));
  });

  it("ends when its result appears", async () => {
    let looks = 0;
    await untilEnded(state, async () => {
      looks += 1;
      if (looks === 2) await writeFile(files.result, "0\n");
      return looks < 3 ? RUNNING : ((await resultOf(files)) ?? RUNNING);
    });
    expect(await readFile(files.result, "utf8")).toBe("0\n");
  });

  it("looks again by itself: a killed unit leaves no file", async () => {
    let looks = 0;
    await untilEnded(state, async () => {
      looks += 1;
      return looks < 4 ? RUNNING : { state: "lost" };
    });
    expect(looks).toBe(4);
  });
});

describe("the shell around a switch", () => {
  it("runs it, and ends as it did, also where no file can be written", () => {
    const { log, result, begun } = switchFiles(join(state, "missing"), "r1.1.back.1");
    const program = ["/bin/sh", "-c", "echo went back; exit 4"];
    const args = ["-c", WRAPPER, "sh", log, result, begun, ...program];
    const { status, stdout } = spawnSync("/bin/sh", args, { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 4, stdout: "went back\n" });
  });
});
