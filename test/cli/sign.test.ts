import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  formatPublicKey,
  formatSecretKey,
  parseKeyName,
  parseSecretKey,
} from "../../src/contract/index.ts";
import { NOON } from "../support/contract-builders.ts";
import {
  DESCRIPTION,
  openSigningWorkshop,
  PUBLIC,
  SECRET,
  type SigningWorkshop,
} from "./signing-workshop.ts";

let workshop: SigningWorkshop;
beforeEach(async () => {
  workshop = await openSigningWorkshop();
});
afterEach(() => workshop.remove());

describe("a signing key", () => {
  const sign = (flags = "", env: Record<string, string> = {}) =>
    workshop.line(`sign - --fleet home --previous none ${flags}`, {
      stdin: DESCRIPTION,
      env,
      now: NOON,
    });

  test("from --key, from the environment or from the file it names gives the same release", async () => {
    await workshop.write("k", `${SECRET}\n`, 0o600);
    const runs = await Promise.all([
      sign("--key k"),
      sign("", { NIXWAVE_SIGNING_KEY: `${SECRET}\n` }),
      sign("", { NIXWAVE_SIGNING_KEY_FILE: "k" }),
      sign("--key k", { NIXWAVE_SIGNING_KEY: "overruled by the option" }),
    ]);
    expect(runs.map((ran) => ran.status)).toEqual([0, 0, 0, 0]);
    expect(new Set(runs.map((ran) => ran.stdout)).size).toBe(1);
    expect(runs[0].stderr).toMatch(/nuc +new/);
  });

  test.each([0o640, 0o604, 0o620, 0o666])(
    "of mode %o is refused with the chmod to run",
    async (mode) => {
      await workshop.write("my key", SECRET, mode);
      const { status, stderr } = await workshop.nixwave(
        ["sign", "-", "--fleet", "home", "--previous", "none", "--key", "my key"],
        { stdin: DESCRIPTION },
      );
      expect(stderr).toContain("error[secret-exposed]");
      expect(stderr).toContain("run: chmod 600 'my key'");
      expect(status).toBe(5);
    },
  );

  test("that is missing, given twice in two ways, or not one is said without repeating it", async () => {
    await workshop.write("k", SECRET, 0o600);
    expect((await sign()).stderr).toContain("error[signing-key-missing]");
    const both = { NIXWAVE_SIGNING_KEY: SECRET, NIXWAVE_SIGNING_KEY_FILE: "k" };
    expect((await sign("", both)).stderr).toContain("are both set");
    expect((await sign("--key k --key k")).stderr).toContain("given twice");
    expect((await sign("--key nowhere")).stderr).toContain("error[file-unreadable]: nowhere");
    expect((await sign("--key .")).stderr).toContain("error[file-unreadable]: .: it is a folder");
    const cut = await sign("", { NIXWAVE_SIGNING_KEY: SECRET.slice(0, 60) });
    expect(cut.stderr).toContain("error[invalid-key]");
    expect(cut.stderr).not.toContain(SECRET.slice(10, 40));
  });

  test("may be several", async () => {
    const second = formatSecretKey(parseKeyName("ci-2"), Buffer.alloc(32, 8));
    await workshop.write("k1", SECRET, 0o600);
    await workshop.write("k2", second, 0o600);
    await workshop.write("r.json", (await sign("--key k1 --key k2")).stdout);
    const other = formatPublicKey(parseSecretKey(second).publicKey);
    const check = (threshold: string) =>
      workshop.line(
        `verify r.json --key ${PUBLIC} --key ${other} --threshold ${threshold} --fleet home`,
        {
          now: NOON,
        },
      );
    expect((await check("2")).status).toBe(0);
    await workshop.write("r.json", (await sign("--key k1")).stdout);
    expect((await check("2")).stderr).toContain("nuc (signature-invalid)");
  });
});

describe("sign", () => {
  test("reads --previous, keeps the others with --only, and writes --out once only", async () => {
    await workshop.write("k", SECRET, 0o600);
    await workshop.write("d.json", DESCRIPTION);
    const sign = (flags: string, offsetMs: number) =>
      workshop.line(`sign d.json --key k --fleet home ${flags}`, {
        now: (NOON + offsetMs) as typeof NOON,
      });
    expect((await sign("--previous none --out r1.json", 0)).status).toBe(0);
    expect((await sign("--previous r1.json --only rp3 --out r2.json", 1000)).status).toBe(0);
    const twice = await sign("--previous r1.json --out r2.json", 2000);
    expect([twice.status, twice.stderr.includes("error[file-exists]")]).toEqual([5, true]);
    const { stdout } = await workshop.line(`verify r2.json --key ${PUBLIC} --fleet home --json`, {
      now: NOON,
    });
    const { hosts } = JSON.parse(stdout) as {
      hosts: { host: string; statement: { serial: number } }[];
    };
    expect(hosts.map(({ host, statement }) => [host, statement.serial])).toEqual([
      ["nuc", NOON],
      ["rp3", NOON + 1000],
    ]);
  });
});
