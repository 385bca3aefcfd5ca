import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CONFIG_EXAMPLE } from "../../agent/config.ts";
import { formatPublicKey } from "../../src/contract/index.ts";
import { tarballOf } from "../../tools/pack.ts";
import { packAgent } from "../../tools/pack-agent.ts";
import { CI_KEY, HUB_KEY } from "../support/contract-builders.ts";

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("the agent's package, installed in an empty folder", () => {
  let folder: string;
  let home: string;
  const run = (file: string, args: readonly string[], cwd: string): Promise<Ended> =>
    new Promise((resolve) => {
      const env = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, HOME: process.env["HOME"] };
      execFile(file, [...args], { cwd, env }, (error, stdout, stderr) => {
        resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
      });
    });
  const program = (name: string, ...args: readonly string[]) =>
    run("npx", ["--no-install", name, ...args], home);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-agent-package-"));
    home = join(folder, "home");
    await packAgent(join(folder, "built"));
    const { filename } = await tarballOf(join(folder, "built"), folder);
    await rm(join(folder, "built"), { recursive: true });
    await mkdir(home);
    await writeFile(join(home, "package.json"), '{ "name": "home", "private": true }\n');
    const quiet = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    const ended = await run("npm", ["install", ...quiet, join(folder, filename)], home);
    expect(ended).toMatchObject({ status: 0 });
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("both programs explain themselves", async () => {
    const agent = await program("nixwave-agent", "--help");
    expect(agent).toMatchObject({ status: 0, stderr: "" });
    expect(agent.stdout).toContain(CONFIG_EXAMPLE);
    const activator = await program("nixwave-activator", "--help");
    expect(activator).toMatchObject({ status: 0, stderr: "" });
    expect(activator.stdout).toContain("Usage: nixwave-activator --config FILE");
  });

  test("the agent finds nothing wrong with the configuration that it shows, once the keys are real", async () => {
    const [ci, hub] = [CI_KEY, HUB_KEY].map(({ publicKey }) => formatPublicKey(publicKey));
    const keys = { releaseKeys: [ci], hubKeys: [hub], cacheKeys: [ci] };
    const own = { ...JSON.parse(CONFIG_EXAMPLE), ...keys };
    await writeFile(join(home, "rp4.json"), JSON.stringify(own));
    const checked = await program("nixwave-agent", "--config", "rp4.json", "--check");
    expect(checked).toEqual({ status: 0, stdout: "", stderr: "rp4.json: nothing is wrong\n" });
  });

  test("both programs name each fault of a wrong one on a line of its own", async () => {
    const wrong = JSON.stringify({ ...JSON.parse(CONFIG_EXAMPLE), host: "RP 4", fleet: 7 });
    await writeFile(join(home, "wrong.json"), wrong);
    for (const [name, ...more] of [["nixwave-agent", "--check"], ["nixwave-activator"]]) {
      const ended = await program(String(name), "--config", "wrong.json", ...more);
      expect(ended.status).toBe(1);
      expect(ended.stderr).toContain("error[agent-config-invalid]");
      expect(ended.stderr).toMatch(/^.*\bhost\b.*$/m);
      expect(ended.stderr).toMatch(/^.*\bfleet\b.*$/m);
    }
  });
});
