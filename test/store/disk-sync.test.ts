import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { faultOf, logOf, openDiskSync, openDurably } from "../../src/disk/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-sync-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("bringing a database's log onto the disk when asked", () => {
  test("what was committed is synced, also by callers who ask at the same time", async () => {
    const database = openDurably(join(folder, "a.sqlite"), "on-request");
    const disk = openDiskSync(logOf(join(folder, "a.sqlite")));
    database.exec("CREATE TABLE kept (word TEXT)");
    disk.wrote();
    await Promise.all([disk.synced(), disk.synced()]);
    database.exec("INSERT INTO kept VALUES ('one')");
    disk.wrote();
    const first = disk.synced();
    database.exec("INSERT INTO kept VALUES ('two')");
    disk.wrote();
    await Promise.all([first, disk.synced(), disk.synced()]);
    disk.close();
    database.close();
  });

  test("nothing new needs no disk, not even a file", async () => {
    await openDiskSync(join(folder, "absent")).synced();
  });

  test("a sync that failed once fails for ever: the kernel forgets the pages it could not write", async () => {
    const disk = openDiskSync(join(folder, "absent"));
    disk.wrote();
    const failure: unknown = await disk.synced().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ENOENT" });
    expect(faultOf(failure)).toBe("failed");
    await expect(disk.synced()).rejects.toBe(failure);
    disk.close();
    const device = openDiskSync("/dev/null"); // which can be written and not synced (EINVAL)
    device.wrote();
    await expect(device.synced()).rejects.toMatchObject({ syscall: "fdatasync" });
    device.close();
  });

  test("closed in the middle of a sync, it ends that one first, be it well or not", async () => {
    const file = join(folder, "a.sqlite");
    await writeFile(file, "something");
    const disk = openDiskSync(file);
    disk.wrote();
    const underWay = disk.synced();
    disk.close();
    await expect(underWay).resolves.toBeUndefined();
    const failing = openDiskSync(join(folder, "absent"));
    failing.wrote();
    const lost = failing.synced();
    failing.close();
    await expect(lost).rejects.toMatchObject({ code: "ENOENT" });
  });
});
