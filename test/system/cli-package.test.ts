import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packCli } from "../../tools/pack-cli.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const LARGEST_BYTES = 1_500_000;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

describe("the package behind npx nixwave", () => {
  let folder: string;
  let built: string;
  let packed: Packed;
  let listed: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nixwave-cli-package-"));
    built = join(folder, "built");
    await packCli(built);
    const { stdout } = await run("npm", ["pack", "--json", "--dry-run"], { cwd: built });
    [packed] = JSON.parse(stdout) as [Packed];
    listed = packed.files.map(({ path }) => path);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("holds the program, the nodes, the flows, the agent and the pages, and no TypeScript", () => {
    expect(listed).toEqual(
      expect.arrayContaining([
        ...["bin/nixwave.js", "package.json", "npm-shrinkwrap.json", "README.md", "LICENSE"],
        ...["main.js", "hub-process.js", "nixwave-agent.mjs", "nixwave-activator.mjs"].map(
          (file) => `program/${file}`,
        ),
        ...["minimal", "homelab", "with-approval"].map((flow) => `flows/${flow}.json`),
        "node-red-nodes/package.json",
        "node-red-nodes/fleet/nixwave-fleet.js",
        "docs/hub.md",
      ]),
    );
    expect(listed.filter((file) => /\.tsx?$|\.test\.|\.map$|\.secret$/.test(file))).toEqual([]);
    expect(packed.size).toBeLessThan(LARGEST_BYTES);
  });

  test("knows no place of the machine that it was built on", async () => {
    const texts = await Promise.all(
      listed
        .filter((file) => /\.m?js$/.test(file))
        .map((file) => readFile(join(built, file), "utf8")),
    );
    expect(texts.filter((text) => text.includes(ROOT))).toEqual([]);
  });

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
