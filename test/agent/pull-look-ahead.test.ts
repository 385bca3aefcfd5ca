import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lookAhead } from "../../agent/pull/look-ahead.ts";
import { readClosure } from "../../agent/pull/nix-database.ts";
import type { NixSettings } from "../../agent/pull/nix-settings.ts";
import { doubtOf, learnSigned, type SeenSigned } from "../../agent/pull/vouched-for.ts";
import {
  encodeBase64,
  encodeNixBase32,
  fingerprint,
  type PublicKey,
  parseStorePath,
  type StorePath,
} from "../../src/contract/index.ts";
import { keyFrom } from "../support/contract-builders.ts";

const PATHS = 70;
const LOOKED_AT = 64;
const KEY = keyFrom("cache-1");
const pathOf = (n: number): StorePath =>
  parseStorePath(`/nix/store/${String(n).padStart(32, "0")}-part`);
const TOP = pathOf(1);
const hexOf = (n: number): string => n.toString(16).padStart(64, "0");
/** The top needs all others. */
const needsOf = (n: number): number[] =>
  n === 1 ? Array.from({ length: PATHS - 1 }, (_, m) => m + 2) : [];

const signatureOf = (n: number): string => {
  const narHashBase32 = `sha256:${encodeNixBase32(Buffer.from(hexOf(n), "hex"))}`;
  const references = needsOf(n).map(pathOf);
  const info = { storePath: pathOf(n), narHashBase32, narSizeBytes: 100 + n, references };
  return `${KEY.name}:${encodeBase64(KEY.sign(Buffer.from(fingerprint(info))))}`;
};

/** The key, and how often a signature was held against it. */
function countedKey(): { readonly key: PublicKey; readonly verified: () => number } {
  let count = 0;
  const { publicKey } = KEY;
  const verifyAside: PublicKey["verifyAside"] = (message, signature) => {
    count++;
    return publicKey.verifyAside(message, signature);
  };
  return { key: { ...publicKey, verifyAside }, verified: () => count };
}

describe("looking at signatures while a pull goes on", () => {
  let root = "";
  const edit = (sql: string): void => {
    const database = new DatabaseSync(join(root, "nix/var/nix/db/db.sqlite"));
    database.exec(sql);
    database.close();
  };
  const settings = (key: PublicKey): NixSettings => ({
    ...{ root, substituters: [], cacheKeys: [key], netrcFile: null, cacheDirectory: root },
    ...{ path: "", limits: { pullMs: 1000, stallMs: 1000 } },
  });
  const closure = () => readClosure(root, TOP);
  const names = (first: number, last: number): StorePath[] =>
    Array.from({ length: last - first + 1 }, (_, n) => pathOf(first + n));

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "look-ahead-"));
    mkdirSync(join(root, "nix/var/nix/db"), { recursive: true });
    writeFileSync(join(root, "nix/var/nix/db/schema"), "10");
    edit(`PRAGMA journal_mode = WAL;
      CREATE TABLE ValidPaths (id integer primary key, path text unique, hash text, narSize integer, ultimate integer, sigs text, ca text, deriver text);
      CREATE TABLE Refs (referrer integer, reference integer, primary key (referrer, reference))`);
    const all = names(1, PATHS).map((path, index) => {
      const n = index + 1;
      const row = `INSERT INTO ValidPaths VALUES (${n}, '${path}', 'sha256:${hexOf(n)}', ${100 + n}, NULL, '${signatureOf(n)}', NULL, NULL)`;
      return [row, ...needsOf(n).map((need) => `INSERT INTO Refs VALUES (${n}, ${need})`)].join(
        ";",
      );
    });
    edit(`BEGIN; ${all.join(";")}; COMMIT`);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("spares the check after the pull the signatures that were looked at, and no others", async () => {
    const { key, verified } = countedKey();
    const ahead = lookAhead(settings(key), TOP);
    ahead.copied(names(7, PATHS));
    const seen = await ahead.seen();
    expect([seen.size, verified()]).toEqual([LOOKED_AT, LOOKED_AT]);
    expect(await doubtOf(await closure(), [key], seen)).toBeNull();
    expect(verified()).toBe(PATHS);
  });

  it("gathers paths until a look is worth its while", async () => {
    const { key, verified } = countedKey();
    const ahead = lookAhead(settings(key), TOP);
    ahead.copied(names(2, LOOKED_AT));
    expect((await ahead.seen()).size).toBe(0);
    ahead.copied([pathOf(PATHS)]);
    expect((await ahead.seen()).size).toBe(LOOKED_AT);
    expect(verified()).toBe(LOOKED_AT);
  });

  it("leaves Nix alone when the last path is there, for then it closes its database", async () => {
    const ahead = lookAhead(settings(KEY.publicKey), TOP);
    ahead.copied(names(1, PATHS));
    expect((await ahead.seen()).size).toBe(0);
  });

  it("passes over what Nix has not made valid, and over words that are no path", async () => {
    const ahead = lookAhead(settings(KEY.publicKey), TOP);
    ahead.copied([...names(20, PATHS + 20), "", "'); DROP TABLE Refs; --"]);
    expect((await ahead.seen()).size).toBe(PATHS - 19);
    expect(await doubtOf(await closure(), [KEY.publicKey])).toBeNull();
  });

  it("remembers no path that is unsigned, falsely signed, or signed in words that cannot be read", async () => {
    edit(`UPDATE ValidPaths SET sigs = NULL WHERE id = 10;
      UPDATE ValidPaths SET sigs = (SELECT sigs FROM ValidPaths WHERE id = 10) WHERE id = 11;
      UPDATE ValidPaths SET sigs = '${signatureOf(13)}' WHERE id = 12;
      UPDATE ValidPaths SET sigs = 'cache-1:?? ' || sigs WHERE id = 14`);
    const ahead = lookAhead(settings(KEY.publicKey), TOP);
    ahead.copied(names(2, PATHS));
    expect((await ahead.seen()).size).toBe(PATHS - 1 - 4);
  });

  it.each([
    ["another schema", () => writeFileSync(join(root, "nix/var/nix/db/schema"), "11")],
    ["no database", () => rmSync(join(root, "nix/var/nix/db/db.sqlite"))],
    ["a row that cannot be read", () => edit("UPDATE ValidPaths SET hash = 'x' WHERE id = 5")],
    ["a database without a log", () => edit("PRAGMA journal_mode = DELETE")],
  ])("sees nothing, and refuses nothing, with %s", async (_, spoil) => {
    spoil();
    const ahead = lookAhead(settings(KEY.publicKey), TOP);
    ahead.copied(names(2, PATHS));
    expect((await ahead.seen()).size).toBe(0);
  });

  it("sees nothing while another holds the whole database, and does not wait for it", async () => {
    const holder = new DatabaseSync(join(root, "nix/var/nix/db/db.sqlite"));
    holder.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT");
    const ahead = lookAhead(settings(KEY.publicKey), TOP);
    ahead.copied(names(2, PATHS));
    expect((await ahead.seen()).size).toBe(0);
    holder.close();
  });

  describe("a path that is altered after the look", () => {
    const seen: SeenSigned = new Set();
    beforeEach(async () => {
      seen.clear();
      await learnSigned(await closure(), [KEY.publicKey], seen);
      expect(seen.size).toBe(PATHS);
    });

    it.each([
      ["its hash", `hash = 'sha256:${hexOf(99)}'`],
      ["its size", "narSize = 99"],
      ["its signature, for another path's", `sigs = '${signatureOf(6)}'`],
      ["its signature, taken away", "sigs = NULL"],
      ["its name", `path = '${pathOf(99)}'`],
    ])("is doubted all the same: %s", async (_, change) => {
      edit(`UPDATE ValidPaths SET ${change} WHERE id = 5`);
      expect(await doubtOf(await closure(), [KEY.publicKey], seen)).toMatch(/signed by no key/);
    });

    it.each([
      ["a reference less", "DELETE FROM Refs WHERE reference = 5"],
      ["a reference more", "INSERT INTO Refs VALUES (5, 6)"],
    ])("is doubted all the same: %s", async (_, change) => {
      edit(change);
      expect(await doubtOf(await closure(), [KEY.publicKey], seen)).toMatch(/signed by no key/);
    });

    it("has its signatures read again, where one was added that cannot be", async () => {
      edit("UPDATE ValidPaths SET sigs = 'cache-1:?? ' || sigs WHERE id = 5");
      await expect(doubtOf(await closure(), [KEY.publicKey], seen)).rejects.toThrow(/base64/);
    });

    it("counts for the keys that it was signed with, and for no other of that name", async () => {
      const namesake = { ...keyFrom("stranger-1").publicKey, name: KEY.name };
      expect(await doubtOf(await closure(), [namesake], seen)).toMatch(/signed by no key/);
      expect(await doubtOf(await closure(), [], seen)).toMatch(/signed by no key/);
      expect(await doubtOf(await closure(), [KEY.publicKey], seen)).toBeNull();
    });
  });
});
