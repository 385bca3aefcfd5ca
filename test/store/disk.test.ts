import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Database, faultOf, openDurably, pragmaOf, rollBack } from "../../src/disk/index.ts";
import { Ledger } from "../../src/store/ledger.ts";
import { migrate, SCHEMA } from "../../src/store/schema.ts";

const folder = mkdtempSync(join(tmpdir(), "nixwave-disk-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a durable database", () => {
  test("syncs each commit, which no test by killing processes could see", () => {
    const database = openDurably(join(folder, "synced.sqlite"));
    const FULL = 2; // sqlite.org/pragma.html, synchronous
    expect(pragmaOf(database, "synchronous")).toBe(FULL);
    expect(database.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    database.close();
  });

  test("is not made where there is no folder, and says why", () => {
    expect(() => openDurably(join(folder, "absent", "a.sqlite"))).toThrow(/ENOENT/);
  });

  test("belongs to its owner alone, the log too", () => {
    const file = join(folder, "private.sqlite");
    const database = openDurably(file);
    database.exec("CREATE TABLE t (x)");
    const modes = [file, `${file}-wal`].map((name) => statSync(name).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
    database.close();
  });
});

describe("a transaction that failed", () => {
  /** Node.js 22.13 to 22.15 has no isTransaction. */
  const untold = (database: Database): Database =>
    ({ exec: (sql: string) => database.exec(sql), isTransaction: undefined }) as never;

  test.each([
    ["as Node.js 24 tells it", (database: Database) => database],
    ["where Node.js does not tell", untold],
  ])("is ended, and one that SQLite ended already is no second failure, %s", (_, seenBy) => {
    const database = openDurably(join(folder, `${seenBy === untold}.sqlite`));
    database.exec("CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (1)");
    expect(rollBack(seenBy(database))).toBe(true);
    expect(rollBack(seenBy(database))).toBe(false);
    database.exec("BEGIN; COMMIT");
    expect(database.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 0 });
    database.close();
  });
});

describe("a fault", () => {
  test.each([
    [{ errcode: 5 + 256 }, "locked"],
    [{ errcode: 13 }, "full"],
    [{ code: "ENOSPC", syscall: "write" }, "full"],
    [{ errcode: 11 + 512 }, "damaged"],
    [{ errcode: 10 }, "failed"],
    [{ code: "EACCES", syscall: "open" }, "failed"],
    [new TypeError("x"), "failed"],
  ])("%o is %s", (error, fault) => {
    expect(faultOf(error)).toBe(fault);
  });
});

describe("a witness that cannot be written", () => {
  test("refuses the next commit and not the one that is done, and is told later", () => {
    const database = openDurably(join(folder, "witnessed.sqlite"));
    migrate(database, SCHEMA, 0);
    const told: number[] = [];
    const space = { bytes: 0 };
    const witness = {
      write: (step: number) => {
        if (space.bytes === 0)
          throw Object.assign(new Error("no space"), { code: "ENOSPC", syscall: "write" });
        told.push(step);
      },
      close: () => undefined,
    };
    const ledger = new Ledger(database, "journal", witness);
    const write = () =>
      ledger.commit(() => {
        database.prepare("INSERT INTO event VALUES (?, '1', 1)").run(ledger.nextStep());
      });
    const count = () => database.prepare("SELECT count(*) AS n FROM event").get()?.["n"];
    write();
    expect(count()).toBe(1);
    expect(write).toThrow("journal: the disk is full (no space)");
    expect(count()).toBe(1);
    space.bytes = 26;
    write();
    expect(told).toEqual([1, 2]);
    ledger.close();
  });
});
