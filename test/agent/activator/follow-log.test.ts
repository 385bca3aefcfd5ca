import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { followLog } from "../../../agent/activator/follow-log.ts";

/** Root may give a file to any group; others only to their own. */
const GROUP = process.getuid?.() === 0 ? 4242 : (process.getgid?.() ?? 0);

let folder: string;
let from: string;
let to: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nixwave-log-"));
  mkdirSync(join(folder, "switch"));
  from = join(folder, "switch/1.log");
  to = join(folder, "out/log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const copied = (): string => (existsSync(to) ? readFileSync(to, "utf8") : "");

describe("the copy of a switch's output for the agent", () => {
  it("grows while the switch runs, and is whole when it is stopped", async () => {
    const stop = followLog(from, to, null);
    appendFileSync(from, "one\n");
    await expect.poll(copied).toBe("one\n");
    appendFileSync(from, "two\n");
    await stop();
    expect(copied()).toBe("one\ntwo\n");
  });

  it("may be read by the agent's group, and by nobody else", async () => {
    await followLog(from, to, GROUP)();
    const { mode, gid } = statSync(to);
    expect({ mode: mode & 0o777, gid }).toEqual({ mode: 0o640, gid: GROUP });
  });

  it("is a new file for each switch, so that its reader sees where the next one begins", async () => {
    appendFileSync(from, "first\n");
    await followLog(from, to, null)();
    const { ino } = statSync(to);
    const second = join(folder, "switch/2.log");
    appendFileSync(second, "another one, and longer\n");
    await followLog(second, to, null)();
    expect(copied()).toBe("another one, and longer\n");
    expect(statSync(to).ino).not.toBe(ino);
  });

  it("ends after a MiB: nobody reads more on a phone", async () => {
    appendFileSync(from, "x".repeat(3 * 1024 * 1024));
    await followLog(from, to, null)();
    expect(copied().length).toBeLessThanOrEqual(1024 * 1024);
    expect(copied().length).toBeGreaterThan(900 * 1024);
  });

  it("disturbs nobody when there is nothing to copy from, or no place to copy to", async () => {
    await followLog(join(folder, "nowhere/1.log"), to, null)();
    expect(copied()).toBe("");
    appendFileSync(from, "one\n");
    await followLog(from, join(from, "log"), null)();
  });
});
