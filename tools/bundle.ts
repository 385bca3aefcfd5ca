import { join } from "node:path";
import { build, type Metafile } from "esbuild";

const ROOT = join(import.meta.dirname, "..");

// mqtt's dependencies are CommonJS and ask for Node's own modules through `require`.
const BANNER = `import { createRequire as createBundleRequire } from "node:module";
const require = createBundleRequire(import.meta.url);`;

/** Writes the agent as one file that needs nothing but Node; the metafile says what went into it. */
export const bundleAgent = async (outfile: string): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["agent/main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    banner: { js: BANNER },
    metafile: true,
    logLevel: "warning",
  });
  return metafile;
};

if (import.meta.main) {
  const { outputs } = await bundleAgent("dist/agent/nixwave-agent.mjs");
  for (const [file, { bytes }] of Object.entries(outputs)) {
    process.stdout.write(`${file}: ${(bytes / 1024).toFixed(0)} KiB\n`);
  }
}
