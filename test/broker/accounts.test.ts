import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAccounts } from "../../src/broker/accounts-json.ts";
import {
  changeAccountsFile,
  generatePassword,
  makeAccount,
  makeAccounts,
  openAccounts,
  readAccountsFile,
  readAccountsFileIfAny,
  type StoredAccount,
} from "../../src/broker/index.ts";
import { DEFAULT_BASE, NixwaveError } from "../../src/contract/index.ts";

/** Cheap, so that hundreds of checks take no time. */
const cost = { N: 1024, r: 1, p: 1 };
const secret = Buffer.from("correct horse");
const rp3 = { user: "rp3", role: "host", password: "correct horse" } as const;

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error instanceof NixwaveError ? error.code : error;
  }
  return "nothing thrown";
}

describe("passwords", () => {
  test("the right one opens the account, every time", async () => {
    const accounts = await makeAccounts([rp3], DEFAULT_BASE, cost);
    for (let time = 0; time < 3; time += 1) {
      expect(await accounts.authenticate("rp3", secret)).toMatchObject({
        user: "rp3",
        role: "host",
      });
    }
  });

  test("a wrong one does not, before and after a right one", async () => {
    const accounts = await makeAccounts([rp3], DEFAULT_BASE, cost);
    const wrong = Buffer.from("correct horsf");
    expect(await accounts.authenticate("rp3", wrong)).toBeUndefined();
    await accounts.authenticate("rp3", secret);
    expect(await accounts.authenticate("rp3", wrong)).toBeUndefined();
    expect(await accounts.authenticate("rp3", Buffer.alloc(0))).toBeUndefined();
  });

  test("an unknown user is refused whatever it says, and many at once are answered", async () => {
    const accounts = await makeAccounts([rp3], DEFAULT_BASE, cost);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        accounts.authenticate(index % 2 ? `nobody${index}` : "rp3", secret),
      ),
    );
    expect(answers.map((answer) => answer?.user)).toEqual(
      Array.from({ length: 50 }, (_, index) => (index % 2 ? undefined : "rp3")),
    );
  });

  test("with no accounts at all nobody is let in", async () => {
    expect(await openAccounts([]).authenticate("rp3", secret)).toBeUndefined();
  });

  test("the same password is stored differently each time", async () => {
    const [one, other] = await Promise.all([
      makeAccount(rp3, DEFAULT_BASE, cost),
      makeAccount(rp3, DEFAULT_BASE, cost),
    ]);
    expect(one.password.hash).not.toEqual(other.password.hash);
  });

  test("generated ones differ and can be read out loud", () => {
    const passwords = Array.from({ length: 100 }, generatePassword);
    expect(new Set(passwords).size).toBe(100);
    for (const password of passwords)
      expect(password).toMatch(/^([a-km-z2-9]{6}-){3}[a-km-z2-9]{6}$/);
  });

  test.each([
    [{ ...rp3, password: "" }, "password-invalid"],
    [{ ...rp3, user: "Rp3" }, "invalid-host-name"],
    [{ ...rp3, role: "operator", user: "hold" }, "invalid-name"],
    [{ ...rp3, role: "operator", user: "a/b" }, "invalid-name"],
    [{ ...rp3, role: "device", topics: ["nixwave/#"] }, "invalid-topic"],
  ] as const)("%o is refused", async (wanted, code) => {
    expect(await codeOf(makeAccount(wanted, DEFAULT_BASE, cost))).toBe(code);
  });

  test("one user stands once", async () => {
    expect(await codeOf(makeAccounts([rp3, { ...rp3, role: "device" }], DEFAULT_BASE, cost))).toBe(
      "account-exists",
    );
  });
});

describe("the accounts file", () => {
  let folder: string;
  let account: StoredAccount;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-accounts-"));
    account = await makeAccount(rp3, DEFAULT_BASE, cost);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("what was written is read, only by its owner, and leaves nothing beside it", async () => {
    const file = join(folder, "kept.json");
    const plug = await makeAccount(
      { user: "plug", role: "device", password: "x", topics: ["tele/plug/#"] },
      DEFAULT_BASE,
      cost,
    );
    await changeAccountsFile(file, () => [account]);
    await changeAccountsFile(file, (now) => [...now, plug]);
    const read = await readAccountsFile(file);
    expect(read).toEqual([account, plug]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => name.startsWith("kept"))).toEqual([
      "kept.json",
    ]);
    expect(await openAccounts(read).authenticate("plug", Buffer.from("x"))).toMatchObject({
      topics: ["tele/plug/#"],
    });
    expect(await readFile(file, "utf8")).not.toContain("correct horse");
  });

  test.each([0o640, 0o604, 0o660, 0o644])(
    "mode %o is refused with the chmod to run",
    async (mode) => {
      const file = join(folder, `exposed-${mode}.json`);
      await changeAccountsFile(file, () => [account]);
      await chmod(file, mode);
      const failure = await readAccountsFile(file).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "secret-exposed" });
      expect(String(failure)).toContain(`chmod 600 '${file}'`);
      expect(await codeOf(readAccountsFileIfAny(file))).toBe("secret-exposed");
    },
  );

  test("two changes at the same time both happen, and no lock stays behind", async () => {
    const file = join(folder, "both.json");
    const named = (user: string) => (now: readonly StoredAccount[]) => [
      ...now,
      { ...account, user: user } as StoredAccount,
    ];
    await Promise.all(["a", "b", "c"].map((user) => changeAccountsFile(file, named(user))));
    const users = (await readAccountsFile(file)).map(({ user }) => user);
    expect([...users].sort((a, b) => (a < b ? -1 : 1))).toEqual(["a", "b", "c"]);
    expect((await readdir(folder)).filter((name) => name.startsWith("both"))).toEqual([
      "both.json",
    ]);
  });

  test("a file that is not there is an error to read and a beginning to write", async () => {
    const file = join(folder, "absent.json");
    expect(await codeOf(readAccountsFile(file))).toBe("file-unreadable");
    expect(await readAccountsFileIfAny(file)).toEqual([]);
  });

  test("a folder that is not there is named", async () => {
    expect(await codeOf(changeAccountsFile(join(folder, "no", "a.json"), () => []))).toBe(
      "file-unwritable",
    );
  });

  const good = () => ({
    user: "rp3",
    role: "host",
    salt: Buffer.alloc(16).toString("base64"),
    hash: Buffer.alloc(32).toString("base64"),
    scrypt: { N: 16_384, r: 8, p: 1 },
  });
  test.each([
    ["another version", { v: 2, accounts: [] }, "/v"],
    ["no list", { v: 1 }, "/accounts"],
    ["an unknown field", { v: 1, accounts: [], admins: [] }, "/admins"],
    [
      "an unknown field of an account",
      { v: 1, accounts: [{ ...good(), admin: true }] },
      "/accounts/0/admin",
    ],
    ["a short hash", { v: 1, accounts: [{ ...good(), hash: "AAAA" }] }, "/accounts/0/hash"],
    [
      "a cheap cost",
      { v: 1, accounts: [{ ...good(), scrypt: { N: 2, r: 8, p: 1 } }] },
      "/accounts/0/scrypt/N",
    ],
    [
      "a cost of gigabytes",
      { v: 1, accounts: [{ ...good(), scrypt: { N: 2 ** 30, r: 8, p: 1 } }] },
      "/accounts/0/scrypt/N",
    ],
    [
      "a cost between powers",
      { v: 1, accounts: [{ ...good(), scrypt: { N: 5000, r: 8, p: 1 } }] },
      "power of two",
    ],
  ])("%s is refused and named", (_what, value, named) => {
    expect(() => parseAccounts(value)).toThrow(named);
  });

  test("bytes that are no accounts are refused with a code and the file's name", async () => {
    const file = join(folder, "noise.json");
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        async (bytes) => {
          await writeFile(file, bytes, { mode: 0o600 });
          const failure = await readAccountsFile(file).catch((error: unknown) => error);
          expect(failure).toBeInstanceOf(NixwaveError);
          expect(String(failure)).toContain(file);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a key that stands twice is refused, so that nobody is let in by the second", async () => {
    const file = join(folder, "twice.json");
    await writeFile(file, '{"v":1,"accounts":[],"accounts":[]}', { mode: 0o600 });
    expect(await codeOf(readAccountsFile(file))).toBe("duplicate-key");
  });
});
