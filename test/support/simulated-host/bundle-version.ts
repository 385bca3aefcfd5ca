import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const ROOT = join(import.meta.dirname, "../../..");
const FORMS = { 1: "[FIRST]", 2: "[FIRST, SECOND]", 3: "[SECOND, THIRD]" } as const;

/**
 * The product's activator as one program of another version: everything is the checkout's own code, but the list of
 * forms in which it reads and writes the host's memory, whose later ones are fixtures (later-forms.ts).
 */
export async function bundleVersion(version: keyof typeof FORMS, outfile: string): Promise<void> {
  await build({
    ...{ absWorkingDir: ROOT, entryPoints: ["agent/activator-main.ts"], outfile, bundle: true },
    ...{ platform: "node", format: "esm", target: "node22", logLevel: "warning" },
    plugins: [withForms(FORMS[version])],
  });
}

const withForms = (list: string): Plugin => ({
  name: "forms of another version",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/memory-forms\.ts$/ }, ({ importer }) =>
      importer.startsWith(join(ROOT, "agent/")) ? { path: list, namespace: "forms" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "forms" }, () => ({
      resolveDir: ROOT,
      loader: "ts",
      contents: `import { FIRST, SECOND, THIRD } from "./test/agent/activator/later-forms.ts";
export { commonForm, rangeOf } from "./agent/activator/memory-forms.ts";
export const MEMORY_FORMS = ${list};
`,
    }));
  },
});
