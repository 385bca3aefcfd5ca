import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync } from "node:sqlite";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { OFFLINE, trustOptions } from "../../agent/pull/nix-commands.ts";
import { readClosure } from "../../agent/pull/nix-database.ts";
import { doubtOf, learnSigned, type SeenSigned } from "../../agent/pull/vouched-for.ts";
import { parseStorePath, type StorePath } from "../../src/contract/index.ts";
import { needs } from "../support/system-parts.ts";
import {
  codeOf,
  noProgress,
  openPullHome,
  openPullHost,
  type PullHome,
  type PullHost,
} from "./pull-rig.ts";
import { CASES, FAILED, GOOD, NO_KEY, set, UNTRUSTED } from "./verdict-cases.ts";

const NEW_COMMAND = ["--extra-experimental-features", "nix-command", ...OFFLINE];
const CODES = /^(nix-database-unread|invalid-key|invalid-base64)$/;

describe.skipIf(needs("nix").skip)("what this program and Nix say of the same store", () => {
  let home: PullHome;
  let host: PullHost;
  /** What a look during the pull found signed, before anything was altered. */
  const seen: SeenSigned = new Set();
  const inStore = (name: string): string => join(host.root, "nix/var/nix/db", name);
  const pristine = (): string => join(home.directory, "pristine.sqlite");
  const edit = (sql: string): void => {
    const database = new DatabaseSync(inStore("db.sqlite"));
    database.exec(sql);
    database.close();
  };
  const nix = async (args: readonly string[], keys = host.settings.cacheKeys) => {
    const { cacheDirectory, root } = host.settings;
    const env = { HOME: cacheDirectory, NIX_STATE_DIR: join(cacheDirectory, "var") };
    const trust = trustOptions({ ...host.settings, cacheKeys: keys });
    const all = [...NEW_COMMAND, ...args, "--store", root, ...trust];
    return await execa("nix", all, { env, reject: false });
  };
  const verify = async (path: StorePath, keys = host.settings.cacheKeys) =>
    (await nix(["store", "verify", "-r", "--no-contents", path], keys)).exitCode;
  /** Null for a yes. */
  const judge = async (path: StorePath, keys = host.settings.cacheKeys): Promise<string | null> => {
    try {
      const paths = await readClosure(host.root, path);
      const [afresh, remembering] = [doubtOf(paths, keys), doubtOf(paths, keys, seen)];
      const ends = await Promise.allSettled([afresh, remembering]);
      expect(ends[1]).toEqual(ends[0]);
      return await afresh;
    } catch (error) {
      expect(codeOf(error)).toMatch(CODES);
      return (error as Error).message;
    }
  };

  beforeAll(async () => {
    home = await openPullHome();
    host = await openPullHost(home);
    await host.store.pull(home.closure, noProgress);
    const { storePath } = home.closure;
    await learnSigned(await readClosure(host.root, storePath), host.settings.cacheKeys, seen);
    expect(seen.size).toBe(2);
    await verify(storePath); // and the write-ahead log is gone
    copyFileSync(inStore("db.sqlite"), pristine());
  });
  beforeEach(() => {
    for (const name of ["db.sqlite-wal", "db.sqlite-shm"]) rmSync(inStore(name), { force: true });
    copyFileSync(pristine(), inStore("db.sqlite"));
    writeFileSync(inStore("schema"), "10");
  });
  afterAll(() => home.close());

  it.each(Object.entries(CASES))("is the same or stricter here: %s", async (_, one) => {
    if (one.sql !== undefined) edit(one.sql);
    const path = home.closure.storePath;
    const doubt = await judge(path, one.keys);
    if (one.ours === null) expect(doubt).toBeNull();
    else expect(doubt).toMatch(one.ours);
    expect(await verify(path, one.keys)).toBe(one.nix);
    if (doubt === null) expect(one.nix).toBe(GOOD);
  });

  it("is yes for a source that is named after its content, and a doubt for a single file that Nix takes", async () => {
    const [folder, file] = [
      join(home.directory, "cache/nar"),
      join(home.directory, "pristine.sqlite"),
    ];
    const added = async (...args: string[]) =>
      parseStorePath((await nix(["store", ...args])).stdout.trim());
    const [source, single] = [await added("add-path", folder), await added("add-file", file)];
    expect(await judge(source)).toBeNull();
    expect(await verify(source)).toBe(GOOD);
    expect(await judge(single)).toMatch(NO_KEY);
    expect(await verify(single)).toBe(GOOD);
    const here = `path = '${source}'`;
    edit(`INSERT INTO Refs SELECT id, 1 FROM ValidPaths WHERE ${here}`);
    expect(await judge(source)).toMatch(NO_KEY);
    expect(await verify(source)).toBe(UNTRUSTED);
    edit(`DELETE FROM Refs WHERE referrer = (SELECT id FROM ValidPaths WHERE ${here})`);
    for (const sql of [
      set("ca = replace(ca, 'fixed:r:', 'text:')", here),
      set("ca = replace(replace(ca, 'text:', 'fixed:r:'), substr(ca, -4), '0000')", here),
    ]) {
      edit(sql);
      expect(await judge(source)).toMatch(NO_KEY);
      expect(await verify(source)).toBe(UNTRUSTED);
    }
  });

  it("is ours alone after a pull, and Nix's own where we doubt, which the log says", async () => {
    const shims = join(home.directory, "shims");
    const asked = join(home.directory, "asked");
    mkdirSync(shims);
    const shim = `#!/bin/sh\nPATH=\${PATH#*:}\necho "$@" >>${asked}\nexec nix "$@"\n`;
    writeFileSync(join(shims, "nix"), shim, { mode: 0o755 });
    writeFileSync(asked, "");
    const said: string[] = [];
    const { path } = host.settings;
    const changes = { path: `${shims}:${path}`, say: (line: string) => said.push(line) };
    const fresh = await openPullHost(home, changes);
    await fresh.store.pull(home.closure, noProgress);
    await fresh.store.pull(home.closure, noProgress);
    expect([readFileSync(asked, "utf8"), said]).toEqual(["", []]);
    const database = new DatabaseSync(join(fresh.root, "nix/var/nix/db/db.sqlite"));
    database.exec(set("narSize = NULL, ultimate = 1"));
    database.close();
    await fresh.store.pull(home.closure, noProgress);
    expect(readFileSync(asked, "utf8")).toMatch(/store verify -r --no-contents/);
    expect(said.join()).toMatch(/finds them good: nix-database-unread, .* narSize cannot be read/);
  });

  it("is left to Nix where the schema is not known", async () => {
    for (const schema of ["11", "", "10 or so", "1".repeat(100)]) {
      writeFileSync(inStore("schema"), schema);
      expect(await judge(home.closure.storePath)).toMatch(/its schema is/);
    }
    writeFileSync(inStore("schema"), "11");
    expect(await verify(home.closure.storePath)).toBe(FAILED);
  });

  it("is left to Nix where the database is locked as a whole, without a log, no database, or away", async () => {
    const { storePath } = home.closure;
    const holder = new DatabaseSync(inStore("db.sqlite"));
    holder.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT");
    expect(await judge(storePath)).toMatch(/locked/);
    holder.close();
    edit("PRAGMA journal_mode = DELETE");
    expect(await judge(storePath)).toMatch(/without a write-ahead log \(delete\)/);
    writeFileSync(
      inStore("db.sqlite"),
      "not a database, but longer than its header would be".repeat(20),
    );
    expect(await judge(storePath)).toMatch(/not a database/);
    rmSync(inStore("db.sqlite"));
    expect(await judge(storePath)).toMatch(/unable to open/);
  });

  it("is of what is committed, also where that is in the log only and somebody writes", async () => {
    const { storePath } = home.closure;
    const writer = new DatabaseSync(inStore("db.sqlite"));
    writer.exec(`PRAGMA wal_autocheckpoint = 0; BEGIN IMMEDIATE; ${set("sigs = NULL")}`);
    expect([await judge(storePath), await verify(storePath)]).toEqual([null, GOOD]);
    writer.exec("COMMIT");
    expect(await judge(storePath)).toMatch(NO_KEY);
    expect(await verify(storePath)).toBe(UNTRUSTED);
    writer.close();
  });
});
