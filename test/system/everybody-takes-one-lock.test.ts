import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { placesBelow } from "../../agent/activator/places.ts";
import { parseSessionId, trialCodec } from "../../src/contract/index.ts";
import { pathFor } from "../support/contract-builders.ts";
import { needs } from "../support/system-parts.ts";

const ACTIVATOR = fileURLToPath(new URL("../../agent/activator-main.ts", import.meta.url));
const OLD = pathFor("old");
const NEW = pathFor("new");
const soon = { timeout: 20_000, interval: 20 };
const key = (name: string): string => `${name}:${randomBytes(32).toString("base64")}`;

let root: string;
let children: ChildProcess[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "nixwave-one-lock-"));
  children = [];
  await mkdir(placesBelow(root).state, { recursive: true });
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await rm(root, { recursive: true, force: true });
});

function start(program: string, ...args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: "ignore" });
  children.push(child);
  return child;
}

const locks = (): readonly string[] => {
  const { ino } = statSync(placesBelow(root).lock);
  return readFileSync("/proc/locks", "utf8")
    .split("\n")
    .filter((line) => line.includes(`:${ino} `));
};

/** Another program that holds the host's lock. */
async function holder(): Promise<ChildProcess> {
  const { lock } = placesBelow(root);
  await writeFile(lock, "");
  const child = start("flock", "--no-fork", "--exclusive", lock, "sleep", "1000");
  await expect.poll(locks, soon).toHaveLength(1);
  return child;
}

/** The kernel shows who waits for a lock. */
const untilSomebodyWaits = () =>
  expect.poll(() => locks().some((line) => line.includes("->")), soon).toBe(true);

async function release(holding: ChildProcess): Promise<void> {
  holding.kill("SIGKILL");
  await once(holding, "exit");
}

/** A host in a trial of this machine's boot, whose lease is over. */
async function overdueTrial(): Promise<void> {
  const switching = join(root, OLD, "bin/switch-to-configuration");
  await mkdir(join(switching, ".."), { recursive: true });
  await writeFile(switching, `#!/bin/sh\nln -sfn ${OLD} "$NIXWAVE_ROOT/run/current-system"\n`);
  await chmod(switching, 0o755);
  await mkdir(join(root, "run"));
  await symlink(NEW, join(root, "run/current-system"));
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const trial = trialCodec.encode({
    ...{ attempt: "r-1/1", bootId: parseSessionId(bootId), prev: OLD, profile: null, target: NEW },
    ...({ deadlineMs: 0, phase: "in-trial", rebootToRecover: false } as const),
  });
  await writeFile(placesBelow(root).trial, trial);
}

describe.skipIf(needs("util-linux").skip)("everybody takes the same flock (DESIGN 7)", () => {
  it("the deadman: it returns the host when whoever holds it has given it up", async () => {
    await overdueTrial();
    const holding = await holder();
    const deadman = start(
      ...([process.execPath, ACTIVATOR, "deadman", "--root", root] as const),
      ...["--switch-limit", "60000"],
    );
    await untilSomebodyWaits();
    expect(readlinkSync(join(root, "run/current-system"))).toBe(NEW);
    const ended = once(deadman, "exit");
    await release(holding);
    expect(await ended).toEqual([0, null]);
    expect(readlinkSync(join(root, "run/current-system"))).toBe(OLD);
    expect(trialCodec.parse(readFileSync(placesBelow(root).trial)).phase).toBe("reverted");
  });

  it("the activator: it writes nothing of the host's memory before", async () => {
    const config = join(root, "agent.json");
    await writeFile(
      config,
      JSON.stringify({
        ...{ host: "rp4", fleet: "github:someone/homelab", channel: "main", root },
        ...{ broker: "mqtt://127.0.0.1:1883", system: "aarch64-linux", releaseKeys: [key("ci-1")] },
        ...{ hubKeys: [key("hub-1")], substituters: ["http://127.0.0.1:9"] },
        cacheKeys: [key("cache-1")],
      }),
    );
    const holding = await holder();
    const activator = start(process.execPath, ACTIVATOR, "--config", config);
    await untilSomebodyWaits();
    const { reserve, report } = placesBelow(root);
    expect([reserve, report].filter((file) => existsSync(file))).toEqual([]);
    const ended = once(activator, "exit");
    await release(holding);
    expect(await ended).toEqual([0, null]);
    expect([reserve, report].filter((file) => existsSync(file))).toEqual([reserve, report]);
  });
});
