import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tarballOf } from "../../tools/pack.ts";
import { packNodes } from "../../tools/pack-nodes.ts";

const SOURCE = fileURLToPath(new URL("../../node-red-nodes/", import.meta.url));
const FLOWS = fileURLToPath(new URL("../../flows/", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../support/start-node-red.ts", import.meta.url));
const run = promisify(execFile);

interface Found {
  readonly version: string;
  readonly missing: readonly string[];
  readonly types: readonly string[];
  readonly failed: readonly string[];
  readonly port: number;
}

const inOrder = (left: string, right: string): number => (left < right ? -1 : 1);

let folder: string;
let tarball: string;
let listed: readonly string[];
let types: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-package-"));
  await packNodes(join(folder, "built"));
  const packed = await tarballOf(join(folder, "built"), folder);
  tarball = join(folder, packed.filename);
  listed = packed.files.map(({ path }) => path);
  const manifest = JSON.parse(await readFile(join(SOURCE, "package.json"), "utf8"));
  types = Object.keys(manifest["node-red"].nodes).toSorted(inOrder);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the package holds what Node-RED looks for beside each node", () => {
  expect(types).toHaveLength(10);
  for (const type of types) {
    const name = type.replace("nixwave-", "");
    const beside = `${name}/locales`;
    expect(listed).toEqual(
      expect.arrayContaining([
        `${name}/${type}.js`,
        `${name}/${type}.html`,
        ...["en-US", "de"].map((language) => `${beside}/${language}/${type}.json`),
      ]),
    );
    expect(
      listed.some((file) => file.startsWith(`${name}/icons/`)),
      `an icon of ${name}`,
    ).toBe(true);
  }
  // The plugins and what dialogs and fleet page load: the sidebar, topic completion, resources/ and libraries.
  expect(listed).toEqual(
    expect.arrayContaining([
      ...["sidebar/nixwave-sidebar", "topics/nixwave-topics"].flatMap((set) =>
        [".js", ".html"].map((end) => set + end),
      ),
      ...["en-US", "de"].map((language) => `sidebar/locales/${language}/nixwave-sidebar.json`),
      "resources/dialogs.js",
      "resources/sidebar/editor-tab.js",
      "resources/page/index.html",
      ...["preact", "htm", "uplot"].map((library) => `node_modules/${library}/LICENSE`),
    ]),
  );
});

describe.each([
  ["node-red-4", /^4\.1\./],
  ["node-red", /^5\./],
])("installed into %s", (runtime, version) => {
  let home: string;

  beforeAll(async () => {
    home = await mkdtemp(join(folder, "home-"));
    await writeFile(join(home, "package.json"), '{ "name": "home", "private": true }\n');
    const quiet = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    await run("npm", ["install", ...quiet, tarball], { cwd: home });
  }, 60_000);

  test.each(["minimal", "homelab", "with-approval"])("%s.json starts", async (flow) => {
    const flowFile = join(home, `${flow}.json`);
    await cp(join(FLOWS, `${flow}.json`), flowFile);
    await using started = await start(runtime, home, flowFile);
    expect(started.found).toMatchObject({ missing: [], failed: [], types });
    expect(started.found.version).toMatch(version);
  });

  test("the editor is served each node's dialog, catalogue and icon, and the examples", async () => {
    const flowFile = join(home, "minimal.json");
    await cp(join(FLOWS, "minimal.json"), flowFile);
    await using started = await start(runtime, home, flowFile);
    const get = async (path: string, accept = "application/json"): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${started.found.port}${path}`, {
        headers: { accept },
      });
      return await answer.text();
    };
    const html = await get("/nodes", "text/html");
    for (const type of types) {
      expect(html.includes(`registerType("${type}"`), `the dialog of ${type}`).toBe(true);
      for (const language of ["en-US", "de"]) {
        const catalogue = JSON.parse(
          await get(`/locales/@nixwave/node-red/${type}?lng=${language}`),
        );
        expect(Object.keys(catalogue).length, `${type} in ${language}`).toBeGreaterThan(0);
      }
    }
    const plugins = await get("/plugins", "text/html");
    for (const set of ["nixwave-sidebar", "nixwave-topics"]) {
      expect(plugins.includes(`@nixwave/node-red/${set}`), `the plugin ${set}`).toBe(true);
    }
    expect(await get("/resources/@nixwave/node-red/sidebar/editor-tab.js")).toContain("export");
    expect(await get("/nixwave")).toContain('src="main.js"');
    for (const file of ["main.js", "preact.js", "htm.js", "uplot.js"]) {
      expect(await get(`/nixwave/page/${file}`), file).toMatch(/\b(import|export)\b/);
    }
    const examples = await get("/library/examples/flows/@nixwave/node-red/");
    for (const file of await readdir(join(SOURCE, "examples"))) {
      expect(examples).toContain(file.replace(/\.json$/, ""));
    }
  });
});

async function start(runtime: string, home: string, flowFile: string) {
  const child = spawn(process.execPath, [PROGRAM, runtime, home, flowFile], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { stdin, stdout } = child;
  const [line] = (await once(createInterface({ input: stdout }), "line")) as [string];
  return {
    found: JSON.parse(line) as Found,
    async [Symbol.asyncDispose]() {
      stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
