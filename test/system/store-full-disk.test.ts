import { spawnSync } from "node:child_process";
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
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { instant, parseRolloutId } from "../../src/contract/index.ts";
import { SCHEMA } from "../../src/store/index.ts";
import { canMountDisks } from "../support/can-mount-disks.ts";
import { caught, highestOf, open, type TestStore } from "./counting-store.ts";

const NEXT = { steps: [...SCHEMA.steps, () => undefined] };
const root = mkdtempSync(join(tmpdir(), "nixwave-full-disk-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const DISK = join(root, "disk");
const tryMount = (...args: string[]) => spawnSync("mount", [...args, DISK], { encoding: "utf8" });
mkdirSync(DISK);

describe.skipIf(!canMountDisks())("a hub whose disk is full", () => {
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
