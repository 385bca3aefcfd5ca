import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type BuildOptions, type BuildResult, build, type Metafile, type Plugin } from "esbuild";
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
): Promise<Metafile> =>
  program === "nixwave-activator"
    ? bundleKept(outfile, plugins)
    : bundleFile(ENTRIES[program], outfile, plugins);

/** Its free names are those of the function around it. */
const CALL = `import { activatorProgram } from "./agent/activator-program.ts";
ended = activatorProgram(start);`;

/** The activator, so that its V8 code can be kept: what starts it, then the program as comments (agent/activator-bundled-main.ts). */
async function bundleKept(outfile: string, plugins: readonly Plugin[]): Promise<Metafile> {
  const program = await build({
    ...optionsFor(plugins),
    ...{ outfile, write: false, metafile: true, format: "cjs" },
    stdin: { contents: CALL, resolveDir: ROOT, sourcefile: ENTRIES["nixwave-activator"] },
    banner: { js: `(function (start) {\n${BANNER}\nlet ended;` },
    footer: { js: "return ended;\n})" },
  });
  const start = await build({
    ...{ ...optionsFor(plugins), outfile, write: false },
    entryPoints: ["agent/activator-bundled-main.ts"],
  });
  const textOf = ({ outputFiles }: BuildResult): string => outputFiles?.[0]?.text.trimEnd() ?? "";
  const text = textOf(program);
  const digest = createHash("sha256").update(text).digest("hex");
  const lines = `program ${digest}\n${text}`.split("\n").map((line) => `//${line}\n`);
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(outfile, `${textOf(start)}\n${lines.join("")}`);
  return program.metafile;
}

/** The same for any program. @param entry absolute, or below the checkout */
export const bundleFile = async (
  entry: string,
  outfile: string,
  plugins: readonly Plugin[] = [],
): Promise<Metafile> => {
  const common = optionsFor(plugins);
  return (await build({ ...common, entryPoints: [entry], outfile, metafile: true })).metafile;
};

function optionsFor(plugins: readonly Plugin[]) {
  return {
    absWorkingDir: ROOT,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    banner: { js: BANNER },
    plugins: [...plugins, nodeOnDemand, standIns],
    // Names stay as they are written, for the stacks that people report.
    ...{ minifyWhitespace: true, minifySyntax: true, charset: "ascii" },
    logLevel: "warning",
  } satisfies BuildOptions;
}

if (import.meta.main) {
  for (const program of Object.keys(ENTRIES) as HostProgram[]) {
    const { outputs } = await bundleProgram(program, `dist/agent/${program}.mjs`);
    for (const [file, { bytes }] of Object.entries(outputs)) {
      process.stdout.write(`${file}: ${(bytes / 1024).toFixed(0)} KiB\n`);
    }
  }
}
