import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleFile } from "../../tools/bundle.ts";

/**
 * A program of this folder as one file, made as those that are shipped are: what strips types from the sources
 * would count as memory and time of ours.
 */
export async function bundledProgram(name: string): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), "program-")), "program.mjs");
  await bundleFile(fileURLToPath(new URL(name, import.meta.url)), outfile);
  return outfile;
}
