import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PACKAGES, type Packed, tarballOf } from "../../tools/pack.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const KEPT = new URL("../fixtures/packages/", import.meta.url);
const NAMES = Object.keys(PACKAGES) as (keyof typeof PACKAGES)[];
const LARGEST_BYTES = { nixwave: 1_500_000, "node-red": 700_000, "agent-package": 400_000 };

let folder: string;
const packed = new Map<string, Packed>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-packages-"));
  for (const name of NAMES) {
    await PACKAGES[name](join(folder, name));
    packed.set(name, await tarballOf(join(folder, name), folder));
  }
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What esbuild names by its content is one thing from build to build. */
const withoutHash = (path: string): string => path.replace(/-[A-Z0-9]{8}(?=\.js$)/, "-HASH");

const listed = (name: string): readonly string[] =>
  (packed.get(name)?.files ?? []).map(({ path }) => withoutHash(path));

/** A line of a kept list: `*` for one name or a part of it, `{a,b}` for either. */
function patternOf(line: string): RegExp {
  const body = line
    .replaceAll(".", String.raw`\.`)
    .replaceAll("*", "[^/]+")
    .replaceAll(/\{([^}]+)\}/g, (_, names: string) => `(?:${names.replaceAll(",", "|")})`);
  return new RegExp(`^${body}$`);
}

describe.each(NAMES)("the package in dist/%s", (name) => {
  const textOf = (file: string): Promise<string> => readFile(join(folder, name, file), "utf8");
  const lines = readFileSync(new URL(`${name}.txt`, KEPT), "utf8")
    .trim()
    .split("\n");

  test("holds what its kept list says (test/fixtures/packages), and nothing else", () => {
    const patterns = lines.map(patternOf);
    const files = listed(name);
    expect(files.filter((file) => !patterns.some((one) => one.test(file)))).toEqual([]);
    expect(lines.filter((_, at) => !files.some((file) => patterns[at]?.test(file)))).toEqual([]);
    expect(packed.get(name)?.size).toBeLessThan(LARGEST_BYTES[name]);
  });

  test("holds no tests, no TypeScript, no maps and no secrets", () => {
    const unwanted = /\.tsx?$|\.test\.|\.map$|\.secret$|\.tgz$|(?:^|\/)test\//;
    expect(listed(name).filter((file) => unwanted.test(file))).toEqual([]);
  });

  test("knows no place of the machine that it was built on", async () => {
    for (const { path } of packed.get(name)?.files ?? []) {
      const text = await textOf(path);
      expect([path, text.includes(ROOT), text.includes(folder)]).toEqual([path, false, false]);
    }
  });

  test("passes on the licence of each package that its bundles hold a part of", async () => {
    const place = name === "nixwave" ? "program/" : "";
    const notices = await textOf(`${place}LICENSES-OF-OTHERS.txt`);
    expect(notices).toMatch(/^mqtt \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(notices).toMatch(/^mqtt-packet \d/m);
    expect(await textOf("LICENSE")).toContain("MIT License");
    expect((await textOf("README.md")).length).toBeGreaterThan(300);
  });

  test("has the version and the licence of the workspace, and a description", async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const manifest = JSON.parse(await textOf("package.json"));
    expect(manifest).toMatchObject({ version, license: "MIT", type: "module" });
    expect(manifest.description).toMatch(/\w/);
    expect(manifest.private).toBeUndefined();
    expect(manifest.engines.node).toBe(name === "agent-package" ? ">=22.15" : ">=22.13");
  });
});
