import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatDescription } from "../../src/cli/description.ts";
import {
  formatPublicKey,
  formatSecretKey,
  parseHostName,
  parseKeyName,
  parsePublicKey,
  parseSecretKey,
  parseSystemType,
} from "../../src/contract/index.ts";
import { keyFrom, NOON, narHashFor, pathFor } from "../support/contract-builders.ts";
import { openWorkshop, type RunOptions, type Workshop } from "./memory-io.ts";

const MAIN = createRequire(import.meta.url).resolve("../../src/cli/main.ts");

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.remove());

const nixwave = (args: string, options?: RunOptions) =>
  workshop.nixwave(args.split(" ").filter(Boolean), options);
const write = async (name: string, text: string, mode = 0o644): Promise<void> => {
  await writeFile(workshop.at(name), text);
  await chmod(workshop.at(name), mode);
};
const DESCRIPTION = formatDescription(
  ["nuc", "rp3"].map((name) => ({
    host: parseHostName(name),
    storePath: pathFor(name),
    narHash: narHashFor(name),
    system: parseSystemType("x86_64-linux"),
  })),
);
const SECRET = formatSecretKey(parseKeyName("ci-1"), Buffer.alloc(32, 7));
const PUBLIC = formatPublicKey(parseSecretKey(SECRET).publicKey);

describe("the command line", () => {
  test("without a command teaches, and says that one is missing", async () => {
    const { status, stderr } = await nixwave("");
    expect(status).toBe(2);
    expect(stderr).toContain("A first release, step by step");
    expect(stderr).toContain("error[wrong-usage]: a command is missing");
  });

  test("says which command it has no help for", async () => {
    for (const args of ["help pubish", "acl help pubish"]) {
      const { status, stderr } = await nixwave(args);
      expect([args, status]).toEqual([args, 2]);
      expect(stderr).toContain("error[wrong-usage]: unknown command 'pubish'");
    }
  });

  test("asks for the broker when a topic is to be read without one", async () => {
    const { status, stderr } = await nixwave("verify releases/main");
    expect(status).toBe(5);
    expect(stderr).toContain("to read the topic, give --broker (or NIXWAVE_BROKER)");
    expect((await nixwave("verify release.json")).stderr).not.toContain("--broker");
  });

  test("names the file that is no deploy spec", async () => {
    await write("notes.txt", "nuc");
    const { status, stderr } = await nixwave("describe notes.txt");
    expect(status).toBe(2);
    expect(stderr).toContain("error[not-json]: notes.txt: the text is not JSON");
  });

  test("shows no default in a unit that nobody types", async () => {
    expect((await nixwave("demo --help")).stdout).toMatch(/counts as failed \(3m\)/);
  });

  test.each([
    ["publsh", "(Did you mean publish?)"],
    ["sign d.json --fleat home", "(Did you mean --fleet?)"],
    ["describe", "missing required argument 'spec'"],
    ["describe a b", "too many arguments"],
    ["keygen", "missing required argument 'name'"],
    ["sign d.json --fleet", "argument missing"],
    ["sign d.json --fleet a --fleet b", "--fleet stands twice"],
    ["verify r.json --threshold 0", "--threshold: 0 is not 1 to 8"],
    ["verify r.json --threshold 2 --key ci-1.public", "--threshold 2 with 1 distinct keys"],
    ["announce r.json", "--broker (or NIXWAVE_BROKER) is missing"],
    ["describe spec --store --json", "--store: --json is not a store"],
    ["sign d.json", "--previous RELEASE (or --previous none) is missing"],
  ])("%s is wrong usage: %s", async (args, said) => {
    await write("ci-1.public", `${PUBLIC}\n`);
    await write("r.json", await signedRelease());
    const { status, stdout, stderr } = await nixwave(args);
    expect(stderr).toContain("error[wrong-usage]");
    expect(stderr).toContain(said);
    expect([status, stdout]).toEqual([2, ""]);
  });

  test.each([
    ["--fleet", "a b", "invalid-name"],
    ["--channel", "Main", "invalid-name"],
    ["--expires", "soon", "invalid-instant"],
    ["--expires", "0s", "invalid-instant"],
    ["--min-serial", "-1", "invalid-instant"],
    ["--min-serial", "0", "invalid-instant"],
    ["--only", "nuc,,rp3", "invalid-host-name"],
    ["--only", "NUC", "invalid-host-name"],
    ["--title", "", "wrong-usage"],
  ])("sign %s %j is refused, naming the option", async (name, value, code) => {
    await write("d.json", DESCRIPTION);
    await write("k", SECRET, 0o600);
    const args = ["sign", "d.json", "--previous", "none", "--key", "k", "--fleet", "home"];
    const { status, stderr } = await workshop.nixwave(
      name === "--fleet" ? [...args.slice(0, -2), name, value] : [...args, name, value],
    );
    expect(stderr).toContain(`error[${code}]: ${name}: `);
    expect(status).toBe(2);
  });

  test.each([
    ["mqtt://ci:password@hub.lan", "invalid-broker-url"],
    ["http://hub.lan", "invalid-broker-url"],
  ])("a broker %s is refused", async (url, code) => {
    const { status, stderr } = await nixwave(`verify releases/main --broker ${url}`);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).not.toContain("password@");
    expect(status).toBe(2);
  });

  test("--version and --help are fine", async () => {
    expect((await nixwave("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const command of ["keygen", "publish", "describe", "sign", "announce", "verify"]) {
      const { status, stdout } = await nixwave(`${command} --help`);
      expect([status, stdout.includes("Example")]).toEqual([0, true]);
      expect((await nixwave(`help ${command}`)).stdout).toBe(stdout);
    }
  });

  test("--help reads no other room, so that it is quick", async () => {
    const coverage = workshop.at("coverage");
    const { stdout } = await execa(process.execPath, [MAIN, "--help"], {
      env: { NODE_V8_COVERAGE: coverage },
    });
    expect(stdout).toContain("nixwave");
    const [report = ""] = await readdir(coverage);
    const { result } = JSON.parse(await readFile(`${coverage}/${report}`, "utf8")) as {
      result: { url: string }[];
    };
    const read = result.map(({ url }) => url);
    expect(read.filter((url) => url.endsWith("/src/cli/program.ts"))).toHaveLength(1);
    expect(read.filter((url) => /\/src\/(?:bus|broker|hub|cli\/commands)\//.test(url))).toEqual([]);
    expect(read.filter((url) => /node_modules\/(?:mqtt|execa|aedes)\//.test(url))).toEqual([]);
  });
});

describe("keygen", () => {
  test("makes a pair that belongs together, the secret for its owner alone", async () => {
    const { status, stdout } = await nixwave("keygen ci-1");
    expect(status).toBe(0);
    const secret = parseSecretKey(await readFile(workshop.at("ci-1.secret"), "utf8"));
    const line = await readFile(workshop.at("ci-1.public"), "utf8");
    expect(parsePublicKey(line).material).toBe(secret.publicKey.material);
    expect((await stat(workshop.at("ci-1.secret"))).mode & 0o777).toBe(0o600);
    expect(stdout).toContain(`nixwave.releaseKeys = [ "${line.trim()}" ];`);
    expect(stdout).toContain("NIXWAVE_SIGNING_KEY");
    expect(stdout).not.toContain(await readFile(workshop.at("ci-1.secret"), "utf8"));
  });

  test.each(["ci-1.secret", "ci-1.public"])(
    "never overwrites %s, and makes no half pair",
    async (there) => {
      await write(there, "precious");
      const { status, stderr } = await nixwave("keygen ci-1");
      expect(stderr).toContain(`error[file-exists]: ${there}`);
      expect(status).toBe(5);
      expect(await readdir(workshop.folder)).toEqual([there]);
      expect(await readFile(workshop.at(there), "utf8")).toBe("precious");
    },
  );

  test("refuses a name that leads to another folder", async () => {
    const { status, stderr } = await nixwave("keygen ../ci-1");
    expect(stderr).toContain("error[invalid-name]");
    expect(status).toBe(2);
  });
});

/** Through the command itself, so that verify has something to look at. */
async function signedRelease(env: Record<string, string> = { NIXWAVE_SIGNING_KEY: SECRET }) {
  await write("signed-description.json", DESCRIPTION);
  const ran = await nixwave("sign signed-description.json --fleet home --previous none", {
    env,
    now: NOON,
  });
  expect(ran.stderr).not.toContain("error[");
  return ran.stdout;
}

describe("a signing key", () => {
  const sign = (flags = "", env: Record<string, string> = {}) =>
    nixwave(`sign - --fleet home --previous none ${flags}`, { stdin: DESCRIPTION, env, now: NOON });

  test("from --key, from the environment or from the file it names gives the same release", async () => {
    await write("k", `${SECRET}\n`, 0o600);
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
      await write("my key", SECRET, mode);
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
    await write("k", SECRET, 0o600);
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
    await write("k1", SECRET, 0o600);
    await write("k2", second, 0o600);
    await write("r.json", (await sign("--key k1 --key k2")).stdout);
    const other = formatPublicKey(parseSecretKey(second).publicKey);
    const check = (threshold: string) =>
      nixwave(
        `verify r.json --key ${PUBLIC} --key ${other} --threshold ${threshold} --fleet home`,
        {
          now: NOON,
        },
      );
    expect((await check("2")).status).toBe(0);
    await write("r.json", (await sign("--key k1")).stdout);
    expect((await check("2")).stderr).toContain("nuc (signature-invalid)");
  });
});

describe("sign", () => {
  test("reads --previous, keeps the others with --only, and writes --out once only", async () => {
    await write("k", SECRET, 0o600);
    await write("d.json", DESCRIPTION);
    const sign = (flags: string, offsetMs: number) =>
      nixwave(`sign d.json --key k --fleet home ${flags}`, {
        now: (NOON + offsetMs) as typeof NOON,
      });
    expect((await sign("--previous none --out r1.json", 0)).status).toBe(0);
    expect((await sign("--previous r1.json --only rp3 --out r2.json", 1000)).status).toBe(0);
    const twice = await sign("--previous r1.json --out r2.json", 2000);
    expect([twice.status, twice.stderr.includes("error[file-exists]")]).toEqual([5, true]);
    const { stdout } = await nixwave(`verify r2.json --key ${PUBLIC} --fleet home --json`, {
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

describe("verify", () => {
  test("accepts with the right key, fleet and channel, and exits 0", async () => {
    await write("r.json", await signedRelease());
    await write("ci-1.public", `# CI\n${PUBLIC}\n\n`);
    const ran = await nixwave("verify r.json --key ci-1.public --fleet home --channel main", {
      now: NOON,
    });
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toMatch(/^nuc .* ci-1 +accepted/m);
  });

  test.each([
    [
      "another key",
      `--key ${formatPublicKey(keyFrom("other").publicKey)} --fleet home`,
      "signature-invalid",
    ],
    ["another fleet", `--key ${PUBLIC} --fleet away`, "wrong-fleet"],
    ["another channel", `--key ${PUBLIC} --fleet home --channel test`, "wrong-channel"],
  ])("refuses with %s, and exits 1", async (_what, flags, code) => {
    await write("r.json", await signedRelease());
    const ran = await nixwave(`verify r.json ${flags}`, { now: NOON });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain(`error[release-not-accepted]: not accepted: nuc (${code})`);
    expect(ran.stdout).toContain(code);
  });

  test("refuses after the expiry", async () => {
    await write("r.json", await signedRelease());
    const late = (NOON + 91 * 86_400_000) as typeof NOON;
    const ran = await nixwave(`verify r.json --key ${PUBLIC} --fleet home`, { now: late });
    expect([ran.status, ran.stderr.includes("nuc (statement-expired)")]).toEqual([1, true]);
    expect(ran.stdout).toContain("1 day ago");
  });

  test("refuses every flipped byte of a payload", async () => {
    const release = JSON.parse(await signedRelease()) as { statements: { payload: string }[] };
    const payload = Buffer.from(release.statements[0]?.payload ?? "", "base64");
    for (const index of [0, 40, payload.length - 1]) {
      const flipped = Buffer.from(payload);
      flipped[index] = (flipped[index] ?? 0) ^ 1;
      const [first, ...rest] = release.statements;
      const statements = [{ ...first, payload: flipped.toString("base64") }, ...rest];
      await write("r.json", JSON.stringify({ ...release, statements }));
      const ran = await nixwave(`verify r.json --key ${PUBLIC} --fleet home`, { now: NOON });
      expect([ran.status, ran.stderr.includes("(signature-invalid)")]).toEqual([1, true]);
    }
  });

  test("without a key shows the release, says loudly that nothing was verified, and exits 1", async () => {
    await write("r.json", await signedRelease());
    const ran = await nixwave("verify r.json", { now: NOON });
    expect(ran.stdout).toMatch(/^nuc .* unverified/m);
    expect(ran.stderr).toContain("error[nothing-verified]: NOTHING WAS VERIFIED");
    expect(ran.status).toBe(1);
  });

  test("refuses a secret key in the place of a public one, without repeating it", async () => {
    await write("r.json", await signedRelease());
    await write("k", SECRET, 0o600);
    for (const given of ["k", SECRET]) {
      const ran = await nixwave(`verify r.json --key ${given}`);
      expect(ran.stderr).toContain("error[invalid-key]");
      expect(ran.stderr).not.toContain(SECRET.slice(10, 40));
    }
  });

  test("of an endless pipe stops at the limit", async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(64 * 1024, " ");
      })(),
    );
    const { status, stderr } = await nixwave(`verify - --key ${PUBLIC}`, { stdin: endless });
    expect([status, stderr.includes("error[too-large]: standard input")]).toEqual([2, true]);
  });

  test.each([
    ["a folder", "folder", "file-unreadable", 5],
    ["nothing", "nowhere", "file-unreadable", 5],
    ["text", "text", "not-json", 2],
    ["a spec", "spec", "invalid-field", 2],
    ["too much", "big", "too-large", 2],
  ])("of %s fails with a code", async (_what, name, code, expected) => {
    await mkdir(workshop.at("folder"));
    await write("text", "hello");
    await write("spec", '{"agents":{}}');
    await write("big", " ".repeat(300 * 1024));
    const { status, stderr } = await nixwave(`verify ${name} --key ${PUBLIC}`);
    expect(stderr).toContain(`error[${code}]`);
    expect(status).toBe(expected);
  });
});
