import { join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import { nodeOnDemand } from "./node-on-demand.ts";
import { standIns } from "./stand-ins.ts";

const ROOT = join(import.meta.dirname, "..");

const ENTRIES = {
  "nixwave-agent": "agent/main.ts",
  "nixwave-activator": "agent/activator-main.ts",
};

/** A program of the host's part. */
export type HostProgram = keyof typeof ENTRIES;

// CommonJS asks for Node's own modules through `require`; there is nothing else to find beside a bundle.
const BANNER = `const require = (name) => {
  const found = process.getBuiltinModule(name);
  if (found === undefined) throw new Error(name + " is no module of Node");
  return found;
};`;

/**
 * Writes a program as one file that needs nothing but Node; the metafile says what went into it.
 * @param plugins asked before our own
 */
export const bundleProgram = (
  program: HostProgram,
  outfile: string,
  plugins: readonly Plugin[] = [],
): Promise<Metafile> => bundleFile(ENTRIES[program], outfile, plugins);

/** The same for any program. @param entry absolute, or below the checkout */
export const bundleFile = async (
  entry: string,
  outfile: string,
  plugins: readonly Plugin[] = [],
): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    banner: { js: BANNER },
    plugins: [...plugins, nodeOnDemand, standIns],
    // Names stay as they are written, for the stacks that people report.
    ...{ minifyWhitespace: true, minifySyntax: true, charset: "ascii" },
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
};

if (import.meta.main) {
  for (const program of Object.keys(ENTRIES) as HostProgram[]) {
    const { outputs } = await bundleProgram(program, `dist/agent/${program}.mjs`);
    for (const [file, { bytes }] of Object.entries(outputs)) {
      process.stdout.write(`${file}: ${(bytes / 1024).toFixed(0)} KiB\n`);
    }
  }
}
