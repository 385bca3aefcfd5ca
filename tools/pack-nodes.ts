import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import { build, type Plugin, transform } from "esbuild";
import { writeBundledLicences } from "./bundled-licences.ts";

const ROOT = join(import.meta.dirname, "..");
const SOURCE = join(ROOT, "node-red-nodes");

interface Manifest {
  readonly "node-red": {
    readonly version: string;
    readonly nodes: Readonly<Record<string, string>>;
    readonly plugins?: Readonly<Record<string, string>>;
  };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly private?: boolean;
  readonly [field: string]: unknown;
}

/**
 * Writes the package that installs into anybody's Node-RED: Node.js strips no types below node_modules, so that the
 * sets are bundled; what they share is in files of its own, loaded once. Html, catalogues and icons stand beside them.
 * What the fleet page loads in the browser travels as it was published, so that installing asks no registry for it.
 * @param target an absolute path; what was there is removed
 */
export async function packNodes(target: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(SOURCE, "package.json"), "utf8")) as Manifest;
  const { nodes, plugins = {} } = manifest["node-red"];
  const files = [...new Set([...Object.values(nodes), ...Object.values(plugins)])];
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: SOURCE,
    metafile: true,
    entryPoints: files,
    outbase: SOURCE,
    outdir: target,
    bundle: true,
    splitting: true,
    chunkNames: "shared/[name]-[hash]",
    platform: "node",
    format: "esm",
    target: "node22",
    banner: { js: REQUIRE },
    plugins: [shortNames],
    // Names stay for the stacks that people report. ASCII: V8 keeps a text with one other letter in two bytes each.
    ...{ minifyWhitespace: true, minifySyntax: true, charset: "ascii" },
    logLevel: "warning",
  });
  await writeBundledLicences([metafile], SOURCE, join(target, "LICENSES-OF-OTHERS.txt"));
  for (const file of files) await copyBeside(file, target);
  for (const folder of ["examples", "resources"]) {
    await copyIfThere(join(SOURCE, folder), join(target, folder));
  }
  await cp(join(ROOT, "LICENSE"), join(target, "LICENSE"));
  await copyIfThere(join(SOURCE, "README.md"), join(target, "README.md"));
  const libraries = Object.keys(manifest.dependencies ?? {});
  for (const name of libraries) await copyLibrary(name, target);
  const { private: _private, ...published } = { ...manifest, bundleDependencies: libraries };
  const manifestOut = { ...published, engines: { node: ">=22.13" } }; // the sources need one that strips types
  await writeFile(join(target, "package.json"), `${JSON.stringify(manifestOut, null, 2)}\n`);
}

/** Generated validators are most of the package and stand in no stack: Node-RED starts sooner with half of them. */
const shortNames: Plugin = {
  name: "short-names",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]contract[\\/]generated[\\/][^\\/]+\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "js", minify: true, format: "esm" });
      return { contents: code, loader: "js" };
    });
  },
};

/** CommonJS packages in the bundle ask for Node's own modules through `require`. */
const REQUIRE = `import { createRequire as nixwaveRequire } from "node:module";
const require = nixwaveRequire(import.meta.url);`;

/** Node-RED looks for all of these beside the runtime file (localfilesystem.js, loader.js). */
async function copyBeside(file: string, target: string): Promise<void> {
  const folder = dirname(file);
  const html = join(folder, `${basename(file, extname(file))}.html`);
  await copyIfThere(join(SOURCE, html), join(target, html));
  for (const beside of ["locales", "icons"]) {
    await copyIfThere(join(SOURCE, folder, beside), join(target, folder, beside));
  }
}

/** With its manifest and licence, and of its code what a browser may be served. */
async function copyLibrary(name: string, target: string): Promise<void> {
  const entry = createRequire(join(SOURCE, "package.json")).resolve(name);
  const from = dirname(dirname(entry));
  const to = join(target, "node_modules", name);
  await mkdir(to, { recursive: true });
  for (const part of ["package.json", "LICENSE", "dist"]) {
    await cp(join(from, part), join(to, part), {
      recursive: true,
      filter: (file) => !/\.map$|\.d\.ts$|\.(?:iife|umd)\./.test(file),
    });
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await cp(from, to, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

if (import.meta.main) {
  const target = join(ROOT, "dist", "node-red");
  await packNodes(target);
  process.stdout.write(`dist/node-red: install it with npm install ${target}\n`);
}
