import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { SCHEMA } from "../../src/store/index.ts";
import { caught, highestOf, open } from "./counting-store.ts";

const HUB = fileURLToPath(new URL("../store/writing-hub.ts", import.meta.url));
const TWO_HUBS = fileURLToPath(new URL("../store/switching-hub.ts", import.meta.url));
const NEXT = { steps: [...SCHEMA.steps, () => undefined] };
const KILLS = 25;
const KILLS_IN_TURNS = 12;
const KILLING_TIMEOUT_MS = 180_000;
const root = mkdtempSync(join(tmpdir(), "nixwave-store-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs the program until it has told `lines` numbers, then kills it. @returns the last number it told */
async function killAfter(lines: number, program: string, folder: string): Promise<number> {
  const hub = spawn(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(hub, "exit");
  const output = createInterface({ input: hub.stdout });
  let told = 0;
  let count = 0;
  for await (const line of output) {
    told = Number(line);
    count += 1;
    if (count === 1 && program === HUB)
      expect(caught(() => open(folder))).toMatchObject({
        code: "hub-state-locked",
        message: expect.stringContaining(`process ${hub.pid} `),
      });
    if (count === lines) hub.kill("SIGKILL"); // it goes on meanwhile; the rest of the lines counts too
  }
  await ended;
  expect(hub.signalCode).toBe("SIGKILL");
  return told;
}

describe("a hub that is killed at any moment", () => {
  test(
    `has everything that it knew to be written, ${KILLS} times over, and leaves no lock`,
    async () => {
      const folder = join(root, "killed");
      for (let kill = 0; kill < KILLS; kill++) {
        const told = await killAfter(1 + Math.floor(Math.random() * 40), HUB, folder);
        const store = open(folder);
        const highest = highestOf(store);
        store.close();
        expect(highest - told).toBeOneOf([0, 1]);
      }
    },
    KILLING_TIMEOUT_MS,
  );
});

describe("an older and a newer hub in turns, killed at any moment", () => {
  test(
    "are never taken for damaged, and the older one lacks nothing",
    async () => {
      const folder = join(root, "turns");
      for (let kill = 0; kill < KILLS_IN_TURNS; kill++) {
        const told = await killAfter(1 + Math.floor(Math.random() * 8), TWO_HUBS, folder);
        const newer = open(folder, NEXT);
        expect(newer.recovered).toBeNull();
        newer.close();
        const older = open(folder);
        expect(older.recovered).toBeNull();
        const numbers = older.load().tail.map(({ n }) => n);
        older.close();
        expect(numbers).toEqual(numbers.map((_, index) => index + 1));
        expect(numbers.length - told).toBeOneOf([0, 1]);
      }
    },
    KILLING_TIMEOUT_MS,
  );
});

describe("a hub whose files may not grow", () => {
  test("is refused with a code, and has exactly what it knew to be written", () => {
    const folder = join(root, "limited");
    const limited = ["-c", 'ulimit -f 400; exec "$@"', "sh", process.execPath, HUB, folder, "5000"];
    const { stdout, stderr, status } = spawnSync("sh", limited, { encoding: "utf8" });
    expect(stderr).toMatch(/^hub-state-failed .*hub-v1\.sqlite: /);
    expect(status).toBe(0);
    const told = Number(stdout.trim().split("\n").at(-1));
    expect(told).toBeGreaterThan(3);
    const store = open(folder);
    expect(highestOf(store)).toBe(told);
    store.close();
  });
});
