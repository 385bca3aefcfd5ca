import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { bundleProgram } from "./bundle.ts";
import { writeBundledLicences } from "./bundled-licences.ts";
import { lockFor } from "./lock-for.ts";
import { packNodes } from "./pack-nodes.ts";

const ROOT = join(import.meta.dirname, "..");

interface Manifest {
  readonly version: string;
  readonly description?: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** DESIGN 10: the first whose `node:sqlite` needs no flag. */
const OLDEST_NODE = "22.13";

/**
 * Writes the package behind `npx nixwave`: Node.js strips no types below node_modules, so that the programs are bundled,
 * beside the nodes, the flows, the agent and the pages. What others wrote stays a dependency, locked to what is tested here.
 * @param target an absolute path; what was there is removed
 */
export async function packCli(target: string): Promise<void> {
  const { dependencies, version, license } = await manifestOf("src");
  await rm(target, { recursive: true, force: true });
  await mkdir(join(target, "program"), { recursive: true });
  await bundleCli(join(target, "program"));
  const metafiles = [];
  for (const program of ["nixwave-agent", "nixwave-activator"] as const) {
    metafiles.push(await bundleProgram(program, join(target, "program", `${program}.mjs`)));
  }
  await writeBundledLicences(metafiles, ROOT, join(target, "program", "LICENSES-OF-OTHERS.txt"));
  await packNodes(join(target, "node-red-nodes"));
  await cp(join(ROOT, "flows"), join(target, "flows"), { recursive: true });
  await copyPages(join(target, "docs"));
  await cp(join(ROOT, "src", "README.md"), join(target, "README.md"));
  await cp(join(ROOT, "LICENSE"), join(target, "LICENSE"));
  await mkdir(join(target, "bin"));
  await writeFile(join(target, "bin", "nixwave.js"), LAUNCHER);
  await chmod(join(target, "bin", "nixwave.js"), 0o755);
  const manifest = {
    ...{ name: "nixwave", version, license, type: "module" },
    description: (await manifestOf(".")).description,
    keywords: ["nixos", "node-red", "mqtt", "deployment", "home-automation"],
    bin: { nixwave: "bin/nixwave.js" },
    engines: { node: `>=${OLDEST_NODE}` },
    // The nodes' own too: what their page serves is read out of its packages.
    dependencies: { ...dependencies, ...(await manifestOf("node-red-nodes")).dependencies },
  };
  await writeFile(join(target, "package.json"), asJson(manifest));
  const lock = await lockFor(join(ROOT, "package-lock.json"), "src", manifest);
  await writeFile(join(target, "npm-shrinkwrap.json"), asJson(lock));
}

const manifestOf = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8")) as Manifest;

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** All in one folder, so that each place is the same from whichever file asks (src/cli/places.ts). */
async function bundleCli(folder: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { main: "src/cli/main.ts", "hub-process": "src/cli/demo/hub-process.ts" },
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: "[name]-[hash]",
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node22",
    inject: [join(import.meta.dirname, "disposal-for-node-22.ts")],
    minifySyntax: true,
    charset: "utf8",
    logLevel: "warning",
  });
}

/** The pages without their pictures, which are larger than all the rest. */
async function copyPages(target: string): Promise<void> {
  await mkdir(target);
  for (const page of await readdir(join(ROOT, "docs"))) {
    if (page.endsWith(".md")) await cp(join(ROOT, "docs", page), join(target, page));
  }
}

/** In words that old versions of Node understand too, which would else show a stack. */
const LAUNCHER = `#!/usr/bin/env node
import process from "node:process";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major > 22 || (major === 22 && minor >= 13)) {
  // Node.js 22 calls its own SQLite experimental at each start; the rest of its warnings is said as ever.
  const tellers = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (!/^SQLite is an experimental/.test(warning.message)) for (const tell of tellers) tell(warning);
  });
  await import("../program/main.js");
} else {
  const has = process.versions.node;
  process.stderr.write("nixwave needs Node.js ${OLDEST_NODE} or newer, and this is " + has + ": see https://nodejs.org\\n");
  process.exitCode = 2;
}
`;
