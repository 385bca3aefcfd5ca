import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAccounts, readAccountsFile } from "../../src/broker/index.ts";

const NIXWAVE = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
const LINE = [
  ...["init", "--broker", "mqtt://nuc.lan"],
  ...["--host", "rp4", "--host", "nuc", "--operator", "anna"],
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-init-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const home = (...names: string[]): string => join(folder, "nixwave-home", ...names);

const start = (): ChildProcess =>
  spawn(process.execPath, [NIXWAVE, ...LINE], {
    cwd: folder,
    env: { PATH: "", HOME: folder },
    stdio: "ignore",
  });

/** All but the lock's and drafts: what a person would carry away. */
async function filesOf(): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(home(), { recursive: true, withFileTypes: true });
  const files = entries.filter(
    (one) => one.isFile() && !/^nixwave\.|\.new$|\.lock$/.test(one.name),
  );
  const names = files.map((one) => join(one.parentPath, one.name)).sort();
  const read = names.map(async (name) => [relative(home(), name), await readFile(name, "utf8")]);
  return new Map((await Promise.all(read)) as [string, string][]);
}

/** Kills the process when so many changes were seen in the folder. @returns what ended it */
async function killAfter(changes: number): Promise<NodeJS.Signals | null> {
  await mkdir(home(), { mode: 0o700 });
  const child = start();
  let seen = 0;
  const watcher = watch(home(), { recursive: true }, () => {
    seen += 1;
    if (seen === changes) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "exit");
  watcher.close();
  return signal;
}

describe("init that was killed", () => {
  test.each([1, 4, 9, 15, 22, 30, 40])(
    "after change %i goes on at the next run, and what it had made stays",
    async (changes) => {
      expect(await killAfter(changes)).toBe("SIGKILL");
      const before = await filesOf();
      const [status] = await once(start(), "exit");
      expect(status).toBe(0);
      const after = await filesOf();
      for (const [name, text] of before) {
        if (name !== "hub/accounts.json") expect([name, after.get(name)]).toEqual([name, text]);
      }
      expect(after.size).toBe(17 - 1);
      const accounts = openAccounts(await readAccountsFile(home("hub", "accounts.json")));
      expect(accounts.users).toEqual(["hub", "ci", "anna", "rp4", "nuc"]);
      for (const [user, file] of [
        ["rp4", "hosts/rp4/credentials"],
        ["hub", "hub/passwords/hub"],
      ] as const) {
        const password = Buffer.from((after.get(file) ?? "").trim());
        expect((await accounts.authenticate(user, password))?.user).toBe(user);
      }
      const left = await readdir(home(), { recursive: true });
      expect(left.filter((name) => /\.new$|accounts\.json\.lock$/.test(name))).toEqual([]);
    },
  );
});
