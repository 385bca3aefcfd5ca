import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ActivatorChild } from "../../agent/talk/activator-child.ts";
import { instant } from "../../src/contract/index.ts";
import { NOON, reportedOf } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";

const soon = { timeout: 20_000, interval: 10 };

let folder: string;
let said: string[];
let child: ActivatorChild;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nixwave-start-"));
  said = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await child.stop();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
/** How often the activator has begun. */
const runs = (): number =>
  existsSync(at("runs")) ? readFileSync(at("runs"), "utf8").split("\n").length - 1 : 0;
const go = (): void => writeFileSync(at("go"), "");
const UNTIL_GO = "until [ -e go ]; do sleep 0.02; done";

/** An activator that notes that it runs, and then does so. `$n`: how often it has. */
function activator(script: string, program = "sh"): ActivatorChild {
  const text = `cd ${folder}; echo run >>runs; n=$(wc -l <runs); ${script}`;
  child = new ActivatorChild({
    ...{ command: [program, "-c", text], lock: at("state/lock"), env: process.env },
    order: at("order"),
    say: (line) => said.push(line),
  });
  return child;
}
const isLocked = (): boolean =>
  spawnSync("flock", ["--nonblock", at("state/lock"), "true"]).status === 1;
const waiting = (untilMs: number | null) =>
  reportedOf("old", {
    ...{ phase: "staged", at: NOON },
    waiting: {
      code: "host-paused",
      message: "",
      until: untilMs === null ? null : instant(NOON + untilMs),
    },
  });

describe.skipIf(needs("util-linux").skip)("the activator as a child of the agent", () => {
  it("runs under the host's lock, and not by itself while nothing is open", async () => {
    activator(UNTIL_GO).wake();
    await expect.poll(runs, soon).toBe(1);
    expect(isLocked()).toBe(true);
    child.plan(reportedOf("old"));
    go();
    await expect.poll(isLocked, soon).toBe(false);
    child.wake();
    await expect.poll(runs, soon).toBe(2);
    expect(said).toEqual([]);
  });

  it("runs once more, and only once, for all orders that come while it runs", async () => {
    activator(`[ $n -gt 1 ] || { ${UNTIL_GO}; }; [ $n -lt 2 ] || touch second; `).wake();
    await expect.poll(runs, soon).toBe(1);
    writeFileSync(at("order"), "");
    for (let order = 0; order < 5; order++) child.wake();
    go();
    await expect.poll(() => existsSync(at("second")), soon).toBe(true);
    await expect.poll(isLocked, soon).toBe(false);
    await child.stop();
    expect(runs()).toBe(2);
  });

  it("does not run again for an order that it took before it ended", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] }); // none goes off; what waits for the next look is counted
    activator(UNTIL_GO).wake();
    for (let looks = 0; runs() < 1 && looks < 500; looks++) await delay(10);
    child.wake();
    child.plan(waiting(0));
    go();
    for (let looks = 0; vi.getTimerCount() < 1 && looks < 500; looks++) await delay(10);
    vi.useRealTimers();
    expect(runs()).toBe(1);
  });

  it("is followed at once by the new system's when it hands over (75), without a word", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] }); // no timer of the agent's goes off
    activator("[ $n -gt 1 ] || exit 75").wake();
    for (let looks = 0; runs() < 2 && looks < 500; looks++) await delay(10);
    vi.useRealTimers();
    expect(runs()).toBe(2);
    await child.stop();
    expect(said).toEqual([]);
  });

  it("is said to have failed, and is tried again", async () => {
    activator("[ $n -gt 2 ] || exit 3").wake();
    await expect.poll(runs, soon).toBe(3);
    expect(said).toEqual(["the activator ended with 3", "the activator ended with 3"]);
  });

  it("is said to have been killed, by which signal", async () => {
    activator("[ $n -gt 1 ] || kill -KILL $$").wake();
    await expect.poll(runs, soon).toBe(2);
    expect(said).toEqual(["the activator ended with SIGKILL"]);
  });

  it("is started again when what its report waits for is over, also if that lies in the past", async () => {
    for (const untilMs of [300, -5000]) {
      const before = runs();
      activator("exit 0").plan(waiting(untilMs));
      await expect.poll(runs, soon).toBe(before + 1);
      await child.stop();
    }
  });

  it("begins no more once the agent ends, and is ended with it", async () => {
    activator("trap 'touch told; exit 0' TERM; touch ready; while :; do sleep 0.02; done").wake();
    await expect.poll(() => existsSync(at("ready")), soon).toBe(true);
    child.wake();
    await child.stop();
    expect(existsSync(at("told"))).toBe(true);
    child.wake();
    child.plan(waiting(0));
    await child.stop();
    expect(runs()).toBe(1);
    expect(isLocked()).toBe(false);
  });

  it("that cannot be started is said to be so, and the agent goes on", async () => {
    child = new ActivatorChild({
      ...{ command: ["true"], lock: at("state/lock"), order: at("desired"), env: { PATH: folder } },
      say: (line) => said.push(line),
    });
    child.wake();
    await expect
      .poll(() => said, soon)
      .toEqual(["the activator did not start: spawn flock ENOENT"]);
    await child.stop();
  });

  it("that could not be started does not keep the agent from ending", async () => {
    child = new ActivatorChild({
      ...{ command: ["true"], lock: at("state/lock"), order: at("desired"), env: { PATH: folder } },
      say: (line) => said.push(line),
    });
    child.wake();
    await child.stop();
  });
});
