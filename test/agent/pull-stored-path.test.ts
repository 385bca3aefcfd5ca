import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readClosure } from "../../agent/pull/nix-database.ts";
import { parseStoredPaths, type StoredRow } from "../../agent/pull/stored-path.ts";
import { parseStorePath } from "../../src/contract/index.ts";

const pathOf = (n: number): string => `/nix/store/${String(n).padStart(32, "0")}-part`;
const ROW: StoredRow = {
  ...{ id: 1, path: pathOf(1), hash: `sha256:${"00".repeat(31)}01`, narSize: 120 },
  ...{ ultimate: null, sigs: "a-1:AAAA  b-1:BBBB", ca: null, deriver: null, refs: "2,1" },
};
const ADDRESS = `fixed:r:sha256:1${"0".repeat(51)}`;
const OTHER: StoredRow = { ...ROW, id: 2, path: pathOf(2), sigs: null, refs: null };
const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work();
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
  return "none";
};

describe("a row of Nix's database", () => {
  it("is what Nix wrote down of a path", () => {
    const [first, second] = parseStoredPaths([ROW, { ...OTHER, ultimate: 1, ca: ADDRESS }]);
    expect(first).toEqual({
      ...{ storePath: pathOf(1), narSizeBytes: 120, references: [pathOf(2), pathOf(1)] },
      narHashHex: `${"00".repeat(31)}01`,
      narHashBase32: `sha256:008${"0".repeat(49)}`, // 248 = 49 * 5 + 3
      ...{ signatures: ["a-1:AAAA", "b-1:BBBB"], isUltimate: false, contentAddress: null },
    });
    expect(second).toMatchObject({
      references: [],
      signatures: [],
      isUltimate: true,
      contentAddress: ADDRESS,
    });
  });

  it("may refer to a path that is named beside the rows, and is not among them", async () => {
    const others = [{ id: 2, path: pathOf(2) }];
    const [only, ...more] = parseStoredPaths([ROW], others);
    expect([only?.references, more]).toEqual([[pathOf(2), pathOf(1)], []]);
    const why = "nix-database-unread: Nix's database: a path's path cannot be read";
    expect(await codeOf(() => parseStoredPaths([ROW], [{ id: 2, path: "x" }]))).toBe(why);
  });

  const WRONG: readonly (readonly [field: string, value: unknown])[] = [
    ...["path", "hash", "narSize", "ultimate", "sigs", "ca", "deriver", "refs"].map(
      (field) => [field, new Uint8Array(3)] as const,
    ),
    ...[
      null,
      "",
      "/nix/store",
      `${pathOf(1)}/bin`,
      ` ${pathOf(1)}`,
      pathOf(1).replace("0", "e"),
    ].map((value) => ["path", value] as const),
    ...[null, "sha256:", `sha512:${"0".repeat(128)}`, `sha256:${"0".repeat(64)} `].map(
      (value) => ["hash", value] as const,
    ),
    ...[null, 0, -1, 1.5, "120", 2 ** 53].map((value) => ["narSize", value] as const),
    ...[2, -1, "1", ""].map((value) => ["ultimate", value] as const),
    ...["3", "2,", "2;1", ",", "x"].map((value) => ["refs", value] as const),
    ...["x", "text:x", "fixed:r:sha256:", `${ADDRESS} `, ADDRESS.replace(":1", ":2")].map(
      (value) => ["ca", value] as const,
    ),
    ...["", "x", `${pathOf(1)}/bin`].map((value) => ["deriver", value] as const),
    ...[1, "a-1:AAAA ".repeat(65)].map((value) => ["sigs", value] as const),
  ];

  it.each(WRONG)("is not read at all with a wrong %s: %j", async (field, value) => {
    const rows = [{ ...ROW, [field]: value }, OTHER];
    const why = `nix-database-unread: Nix's database: a path's ${field} cannot be read`;
    expect(await codeOf(() => parseStoredPaths(rows))).toBe(why);
  });
});

describe("Nix's database", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "nix-database-"));
    mkdirSync(join(root, "nix/var/nix/db"), { recursive: true });
    writeFileSync(join(root, "nix/var/nix/db/schema"), "10");
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const fill = (paths: number, sigs: string): void => {
    const database = new DatabaseSync(join(root, "nix/var/nix/db/db.sqlite"));
    database.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE ValidPaths (id integer primary key, path text unique, hash text, narSize integer, ultimate integer, sigs text, ca text, deriver text);
      CREATE TABLE Refs (referrer integer, reference integer, primary key (referrer, reference));
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${paths})
      INSERT INTO ValidPaths SELECT i, printf('/nix/store/%032d-part', i), 'sha256:${"0".repeat(64)}', 1, 1, '${sigs}', NULL, NULL FROM n;
      INSERT INTO Refs SELECT 1, id FROM ValidPaths;
      INSERT INTO ValidPaths SELECT 0, '${pathOf(0)}', hash, 1, 1, NULL, NULL, NULL FROM ValidPaths WHERE id = 1;
      INSERT INTO Refs SELECT 0, 0`);
    database.close();
  };
  const read = (n: number) => readClosure(root, parseStorePath(pathOf(n)));

  it("gives a path with all that it needs, and nothing else", async () => {
    fill(3, "");
    const paths = await read(1);
    expect(paths.map(({ storePath }) => storePath)).toEqual([1, 2, 3].map(pathOf));
    expect(paths[0]?.references).toHaveLength(3);
    expect([(await read(0)).length, (await read(4)).length]).toEqual([1, 0]);
  });

  it("is not read where there is more of it than any system has", async () => {
    fill(20_001, "");
    expect(await codeOf(() => read(1))).toMatch(/^nix-database-unread: .*too much to read here/);
    expect(await read(0)).toHaveLength(1);
  });

  it.each([
    ["one field is", 1, 256 * 1024],
    ["all fields together are", 200, 200_000],
  ])("is not read where %s larger than any that Nix writes", async (_, paths, size) => {
    fill(paths, "a".repeat(size));
    expect(await codeOf(() => read(1))).toMatch(/^nix-database-unread: .*too much to read here/);
  });
});
