import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tarballOf } from "../../../tools/pack.ts";
import { packCli } from "../../../tools/pack-cli.ts";
import { searchPath } from "../../../tools/system-parts.ts";
import { smallStore } from "../../cli/small-systems.ts";
import { startAedes } from "../../support/brokers.ts";
import { needs } from "../../support/system-parts.ts";

const run = promisify(execFile);

describe.skipIf(needs("nix").skip)("nixwave installed from its package in an empty folder", () => {
  let folder: string;
  let home: string;
  let env: Readonly<Record<string, string>>;
  const npx = (...args: readonly string[]) =>
    run("npx", ["--no-install", "nixwave", ...args], { cwd: home, env });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-installed-"));
    home = join(folder, "home");
    const path = [dirname(process.execPath), searchPath(process.env["PATH"])].join(delimiter);
    env = { PATH: path, HOME: process.env["HOME"] ?? folder, TMPDIR: folder, NO_COLOR: "1" };
    await packCli(join(folder, "built"));
    const { filename } = await tarballOf(join(folder, "built"), folder);
    await rm(join(folder, "built"), { recursive: true });
    await mkdir(home);
    await writeFile(join(home, "package.json"), '{ "name": "home", "private": true }\n');
    const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    await run("npm", ["install", ...quiet, join(folder, filename)], { cwd: home, env });
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("explains itself, makes a key and prepares a release", async () => {
    expect((await npx("--help")).stdout).toContain("Usage: nixwave [options] [command]");
    await npx("keygen", "ci-1");
    expect(await readdir(home)).toEqual(expect.arrayContaining(["ci-1.public", "ci-1.secret"]));
    const store = smallStore(join(folder, "systems"));
    const broker = await startAedes();
    try {
      await writeFile(join(home, "spec.json"), await store.specOf());
      const signing = ["--key", "ci-1.secret", "--fleet", "home", "--broker", broker.url];
      const args = ["publish", "spec.json", "--store", store.url, ...signing, "--dry-run"];
      const { stdout } = await npx(...args);
      expect(stdout.match(/ new /g)).toHaveLength(4);
      expect(stdout).toContain("dry run: nothing was published");
      const described = [
        "describe",
        "spec.json",
        "--store",
        store.url,
        "--out",
        "description.json",
      ];
      await npx(...described);
    } finally {
      await broker.stop();
      await store.loosen();
    }
  });

  test("signs what was described, and says who may take it and who may not", async () => {
    const signing = ["--key", "ci-1.secret", "--fleet", "home", "--previous", "none"];
    await npx("sign", "description.json", ...signing, "--out", "release.json");
    const asked = ["verify", "release.json", "--fleet", "home", "--channel", "main", "--key"];
    expect((await npx(...asked, "ci-1.public")).stdout).toContain("rp4");
    await npx("keygen", "ci-2");
    await expect(npx(...asked, "ci-2.public")).rejects.toMatchObject({
      stdout: expect.stringContaining("signature-invalid"),
    });
  });

  test("plays the demo to its end, with its own hub, nodes and agents, and leaves nothing", async () => {
    const before = await readdir(folder);
    const { stdout } = await npx("demo", "--once", "--limit", "4m");
    expect(stdout).toContain("All of it was seen in what the hosts themselves reported.");
    expect(stdout).toMatch(/^2 +rp4 +undone: /m);
    expect(stdout).toMatch(/^3 +x1 +kept/m);
    expect(await readdir(folder)).toEqual(before);
  });
});
