import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyDatabase } from "../../src/disk/index.ts";

const COPIES = 8;

/**
 * Holds a database as the journal is held, and begins its log anew with each commit, at the speed of the disk but for
 * a rest now and then; commits change the first and the last of many pages in turn.
 */
const WRITER = `
import { openDurably } from "./src/disk/index.ts";
const database = openDurably(process.argv[1]);
database.exec("PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 1; CREATE TABLE page (id INTEGER PRIMARY KEY, round INTEGER, filler BLOB)");
for (let id = 0; id < 400; id++) database.prepare("INSERT INTO page VALUES (?, 0, zeroblob(60000))").run(id);
const step = database.prepare("UPDATE page SET round = ? WHERE id = ?");
for (let round = 1; ; round++) {
  step.run(round, round % 2 === 0 ? 399 : 0);
  if (round === 3) process.stdout.write("writing\\n");
  await new Promise((done) => setTimeout(done, round % 50 === 0 ? 150 : 0));
}`;

describe("a copy of a database that another process writes to without a pause", () => {
  let folder: string;
  let file: string;
  let writer: ChildProcess;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "nixwave-copy-"));
    file = join(folder, "journal.sqlite");
    const args = ["--no-warnings", "--input-type=module", "--eval", WRITER, "--", file];
    writer = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    await once(writer.stdout as NodeJS.ReadableStream, "data");
  });
  afterAll(async () => {
    writer.kill("SIGKILL");
    await once(writer, "close");
    rmSync(folder, { recursive: true });
  });

  it("cannot be asked of SQLite: its owner lets nobody in", () => {
    const other = new DatabaseSync(file, { readOnly: true });
    expect(() => other.prepare("VACUUM INTO ?").run(join(folder, "other"))).toThrow("locked");
    other.close();
  });

  it("is whole and of one commit, each time, and never older than the copy before", () => {
    let last = 0;
    for (let made = 0; made < COPIES; made++) {
      const copy = join(folder, `copy-${made}.sqlite`);
      copyDatabase(file, copy);
      const database = new DatabaseSync(copy, { readOnly: true });
      const rounds = database.prepare("SELECT round FROM page WHERE id IN (0, 399)").all();
      const [first, second] = rounds.map(({ round }) => Number(round)) as [number, number];
      expect(Math.abs(first - second)).toBe(1);
      expect(database.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
      expect(Math.max(first, second)).toBeGreaterThanOrEqual(last);
      last = Math.max(first, second);
      database.close();
      rmSync(copy);
    }
    expect(last).toBeGreaterThan(3);
  });
});
