import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { openWorkshop } from "../../cli/memory-io.ts";
import { DESCRIPTION, PUBLIC, SECRET } from "../../cli/signing-workshop.ts";
import { type Action, readAction, runAction } from "../../support/action-run.ts";
import { GitHubDouble } from "../../support/github-double.ts";

const NOT_IN_A_CHECKOUT = new Set([".git", ".nixwave", "coverage", "dist", "node_modules"]);
const installs = ({ runs }: Action): string | undefined =>
  runs.steps.find(({ name }) => name === "Bring what Nixwave needs")?.run;

/** A runner has a checkout of the action and no package at all: test/system/ci-action.test.ts runs it with all of them. */
describe("the action in a checkout of its own", () => {
  let checkout: string;
  beforeAll(async () => {
    checkout = await mkdtemp(join(tmpdir(), "nixwave-action-"));
    const filter = (path: string): boolean => !NOT_IN_A_CHECKOUT.has(basename(path));
    await cp(process.cwd(), checkout, { recursive: true, filter });
    const cache = execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).trim();
    const PATH = `${dirname(process.execPath)}:${process.env["PATH"]}`;
    // What `npm ci` has fetched once is taken from npm's own store.
    const npm = { npm_config_cache: cache, npm_config_offline: "true" };
    const shell = ["--noprofile", "--norc", "-eo", "pipefail", "-c"];
    await execa("bash", [...shell, installs(await readAction()) ?? "exit 1"], {
      ...{ cwd: checkout, extendEnv: false, env: { PATH, HOME: checkout, ...npm } },
    });
  }, 180_000);
  afterAll(() => rm(checkout, { recursive: true, force: true }));

  test("signs and uploads with what its own step has brought, and no more", async () => {
    const workshop = await openWorkshop();
    await using github = await new GitHubDouble().start();
    try {
      await writeFile(workshop.at("description.json"), DESCRIPTION);
      const inputs = { description: "description.json", key: SECRET };
      const ran = await runAction(workshop.folder, github, inputs, "push", checkout);
      expect(ran.log).toContain("2 new");
      expect(ran.status).toBe(0);
      const release = ran.outputs.release ?? "";
      expect(await readFile(release)).toEqual(github.releases.download("nixwave", "main.json"));
      const asked = ["verify", release, "--key", PUBLIC, "--fleet", "home", "--channel", "main"];
      expect((await workshop.nixwave(asked)).status).toBe(0);
    } finally {
      await workshop.remove();
    }
  }, 60_000);

  test("is brought by the same line in the job without the key", async () => {
    const describes = parse(await readFile("ci/describe/action.yml", "utf8")) as Action;
    expect(installs(describes)).toBe(installs(await readAction()));
  });
});
