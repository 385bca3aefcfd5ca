import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  DESCRIPTION,
  openSigningWorkshop,
  PUBLIC,
  SECRET,
  type SigningWorkshop,
} from "./signing-workshop.ts";

const MAIN = createRequire(import.meta.url).resolve("../../src/cli/main.ts");

let workshop: SigningWorkshop;
beforeEach(async () => {
  workshop = await openSigningWorkshop();
});
afterEach(() => workshop.remove());

describe("the command line", () => {
  test("without a command teaches, and says that one is missing", async () => {
    const { status, stderr } = await workshop.line("");
    expect(status).toBe(2);
    expect(stderr).toContain("A first release, step by step");
    expect(stderr).toContain("error[wrong-usage]: a command is missing");
  });

  test("says which command it has no help for", async () => {
    for (const args of ["help pubish", "acl help pubish"]) {
      const { status, stderr } = await workshop.line(args);
      expect([args, status]).toEqual([args, 2]);
      expect(stderr).toContain("error[wrong-usage]: unknown command 'pubish'");
    }
  });

  test("asks for the broker when a topic is to be read without one", async () => {
    const { status, stderr } = await workshop.line("verify releases/main");
    expect(status).toBe(5);
    expect(stderr).toContain("to read the topic, give --broker (or NIXWAVE_BROKER)");
    expect((await workshop.line("verify release.json")).stderr).not.toContain("--broker");
  });

  test("names the file that is no deploy spec", async () => {
    await workshop.write("notes.txt", "nuc");
    const { status, stderr } = await workshop.line("describe notes.txt");
    expect(status).toBe(2);
    expect(stderr).toContain("error[not-json]: notes.txt: the text is not JSON");
  });

  test("shows no default in a unit that nobody types", async () => {
    expect((await workshop.line("demo --help")).stdout).toMatch(/counts as failed \(3m\)/);
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
    await workshop.write("ci-1.public", `${PUBLIC}\n`);
    await workshop.write("r.json", await workshop.signedRelease());
    const { status, stdout, stderr } = await workshop.line(args);
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
    await workshop.write("d.json", DESCRIPTION);
    await workshop.write("k", SECRET, 0o600);
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
    const { status, stderr } = await workshop.line(`verify releases/main --broker ${url}`);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr).not.toContain("password@");
    expect(status).toBe(2);
  });

  test("--version and --help are fine", async () => {
    expect((await workshop.line("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const command of ["keygen", "publish", "describe", "sign", "announce", "verify"]) {
      const { status, stdout } = await workshop.line(`${command} --help`);
      expect([status, stdout.includes("Example")]).toEqual([0, true]);
      expect((await workshop.line(`help ${command}`)).stdout).toBe(stdout);
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
