import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * A program of this folder as one file of plain JavaScript, like those that are shipped: what strips types from
 * the sources would count as memory and time of ours.
 */
export async function bundledProgram(name: string): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), "program-")), "program.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    ...{ outfile, bundle: true, platform: "node", format: "esm", logLevel: "error" },
  });
  return outfile;
}
