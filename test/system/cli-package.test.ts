import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packCli } from "../../tools/pack-cli.ts";

const run = promisify(execFile);

describe("the package behind npx nixwave", () => {
  let folder: string;
  let built: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-cli-package-"));
    built = join(folder, "built");
    await packCli(built);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("locks each of its dependencies to the version that is tested here, development left out", async () => {
    const lock = JSON.parse(await readFile(join(built, "npm-shrinkwrap.json"), "utf8"));
    const { dependencies } = JSON.parse(await readFile(join(built, "package.json"), "utf8"));
    for (const [name, version] of Object.entries(dependencies)) {
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
    expect(lock.packages["node_modules/vitest"]).toBeUndefined();
  });

  test.each(["18.20.8", "20.20.2", "22.12.0"])(
    "says in one line that Node.js %s is too old",
    async (version) => {
      const asOld = `Object.defineProperty(process, "versions", { value: { node: "${version}" } })`;
      const preload = `data:text/javascript,${encodeURIComponent(asOld)}`;
      const program = [join(built, "bin/nixwave.js"), "--help"];
      const failed = await run(process.execPath, ["--import", preload, ...program]).then(
        () => null,
        (error: { code: number; stdout: string; stderr: string }) => error,
      );
      expect(failed).toMatchObject({
        code: 2,
        stdout: "",
        stderr: `nixwave needs Node.js 22.13 or newer, and this is ${version}: see https://nodejs.org\n`,
      });
    },
  );
});
