import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { instant, NixwaveError, parseRolloutId } from "../../src/contract/index.ts";
import { openStore, SCHEMA, type Store } from "../../src/store/index.ts";

const HUB = fileURLToPath(new URL("../store/writing-hub.ts", import.meta.url));
const TWO_HUBS = fileURLToPath(new URL("../store/switching-hub.ts", import.meta.url));
const NEXT = { steps: [...SCHEMA.steps, () => undefined] };
const KILLS = 25;
const KILLS_IN_TURNS = 12;
const KILLING_TIMEOUT_MS = 180_000;
const root = mkdtempSync(join(tmpdir(), "nixwave-store-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Counted {
  readonly n: number;
}
type TestStore = Store<{ count: number }, Counted, null>;
const open = (folder: string, schema = SCHEMA): TestStore =>
  openStore(folder, {
    schema,
    parseState: (json) => json as { count: number },
    parseEvent: (json) => json as Counted,
    parsePast: () => null,
    at: instant(Date.now()),
  });

const caught = (act: () => unknown): NixwaveError => {
  try {
    act();
  } catch (error) {
    if (error instanceof NixwaveError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

/** Everything up to the returned number, without a gap, and what belongs to one commit together. */
function highestOf(store: TestStore): number {
  expect(store.recovered).toBeNull();
  const { snapshot, tail } = store.load();
  const count = snapshot?.count ?? 0;
  expect(tail.map(({ n }) => n)).toEqual(tail.map((_, index) => count + 1 + index));
  const highest = count + tail.length;
  const soak = Math.floor(highest / 3) * 3;
  expect(store.recall("soak", (json) => json) ?? 0).toBe(soak);
  return highest;
}

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

/** A small disk of its own, where this machine lets the tests have one: as root, outside of most containers. */
const DISK = join(root, "disk");
const tryMount = (...args: string[]) => spawnSync("mount", [...args, DISK], { encoding: "utf8" });
const mayMount = (): boolean => {
  mkdirSync(DISK);
  const { status, stderr } = tryMount("-t", "tmpfs", "-o", "size=4m", "tmpfs");
  if (status === 0) spawnSync("umount", [DISK]);
  else process.stderr.write(`not run here, a full disk needs root and mount: ${stderr}\n`);
  return status === 0;
};
describe.skipIf(!mayMount())("a hub whose disk is full", () => {
  const folder = join(DISK, "state");
  const ballast = join(DISK, "ballast");
  const mount = (...args: string[]): void => {
    const { status, stderr } = tryMount(...args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  };
  const makeDisk = (): void => mount("-t", "tmpfs", "-o", "size=4m", "tmpfs");
  const fillDisk = (): void => {
    let size = 8 * 1024 * 1024;
    for (; size >= 4096; size /= 2) {
      try {
        for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: "a" });
      } catch (error) {
        expect(error).toMatchObject({ code: "ENOSPC" });
      }
    }
  };
  afterEach(() => spawnSync("umount", ["--lazy", DISK]));

  const write = (store: TestStore, n: number): void =>
    store.atomically(() => {
      store.append([{ n }]);
      if (n % 3 === 0) store.keep("soak", n);
    });

  test("is told so, lacks nothing that was taken, and goes on when there is space again", () => {
    makeDisk();
    const store = open(folder);
    write(store, 1);
    fillDisk();
    let n = 1;
    const refusal = caught(() => {
      for (;;) {
        write(store, n + 1);
        n += 1;
      }
    });
    expect(refusal.code).toBe("hub-state-failed");
    expect(refusal.message).toContain("full");
    expect(store.tailLength).toBe(n);
    expect(highestOf(store)).toBe(n);
    rmSync(ballast);
    write(store, n + 1);
    store.close();
    const again = open(folder);
    expect(highestOf(again)).toBe(n + 1);
    again.close();
  });

  test("is not opened where there is no space to begin or to take over, and nothing is moved aside", () => {
    makeDisk();
    fillDisk();
    expect(caught(() => open(folder)).code).toBe("hub-state-failed");
    rmSync(ballast);
    const store = open(folder);
    for (let n = 1; n <= 50; n++) write(store, n);
    store.close();
    fillDisk();
    expect(caught(() => open(folder, NEXT)).code).toBe("hub-state-failed");
    rmSync(ballast);
    const taken = open(folder, NEXT);
    expect(taken.migratedFrom).toBe(1);
    expect(highestOf(taken)).toBe(50);
    taken.close();
    expect(readdirSync(folder).filter((name) => /damaged|abandoned|new/.test(name))).toEqual([]);
  });

  test("and whose journal is damaged begins anew when there is space again, with the history from file and log", () => {
    makeDisk();
    const past = { rollout: parseRolloutId("r1"), endedAt: instant(1), past: null };
    const store = open(folder);
    store.keep("soak", "spoil me");
    store.recordEnd(past);
    store.close();
    const first = open(folder);
    first.recordEnd({ ...past, rollout: parseRolloutId("r2") });
    first.append(Array.from({ length: 3000 }, (_, n) => ({ n })));
    const killed = join(DISK, "killed");
    cpSync(folder, killed, { recursive: true }); // as a kill would leave it, the log not moved into the file yet
    first.close();
    rmSync(folder, { recursive: true });
    const file = join(killed, "hub-v1.sqlite");
    const bytes = readFileSync(file);
    bytes.write("spoilt", bytes.indexOf("spoil me"));
    writeFileSync(file, bytes);
    fillDisk();
    expect(caught(() => open(killed)).code).toBe("hub-state-failed");
    const aside = readdirSync(killed).filter((name) => name.includes("damaged"));
    expect(aside.filter((name) => name.endsWith("-wal"))).toHaveLength(1);
    rmSync(ballast);
    const again = open(killed);
    expect(again.recovered).toMatchObject({ code: "hub-state-damaged", savedHistory: 2 });
    expect(again.load()).toEqual({ snapshot: null, tail: [] });
    again.close();
  });

  test("is not opened where nothing may be written, and finds everything afterwards", () => {
    makeDisk();
    const store = open(folder);
    for (let n = 1; n <= 5; n++) write(store, n);
    store.close();
    mount("-o", "remount,ro");
    expect(caught(() => open(folder)).code).toBe("hub-state-failed");
    mount("-o", "remount,rw");
    const again = open(folder);
    expect(highestOf(again)).toBe(5);
    again.close();
  });
});
