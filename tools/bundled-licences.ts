import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Metafile } from "esbuild";

const OF_A_PACKAGE = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const IS_LICENCE = /^(?:licen[cs]e|copying|notice)(?:\.|-|$)/i;

/**
 * What a bundle took from others must be passed on with its notice: one file, a part for each package.
 * @param folder in which the bundles were made: their inputs are named from there
 */
export async function writeBundledLicences(
  metafiles: readonly Metafile[],
  folder: string,
  file: string,
): Promise<void> {
  const folders = new Map<string, string>();
  for (const path of metafiles.flatMap(({ inputs }) => Object.keys(inputs))) {
    const match = OF_A_PACKAGE.exec(path);
    if (match?.[1] !== undefined) folders.set(match[1], join(folder, match[0]));
  }
  const parts: string[] = [];
  for (const [name, place] of [...folders].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    parts.push(await noticeOf(name, place));
  }
  await writeFile(file, `${parts.join("\n\n")}\n`);
}

async function noticeOf(name: string, folder: string): Promise<string> {
  const { version, license, author } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  ) as { version: string; license?: unknown; author?: string | { name: string } };
  const title = `${name} ${version} (${typeof license === "string" ? license : "see below"})`;
  const files = (await readdir(folder)).filter((one) => IS_LICENCE.test(one));
  const texts = await Promise.all(files.map((one) => readFile(join(folder, one), "utf8")));
  // Some packages state their licence in the manifest alone; then who wrote it is all there is to pass on.
  const by = typeof author === "object" ? author.name : author;
  const text = texts.length > 0 ? texts.map((one) => one.trim()).join("\n\n") : `by ${by ?? name}`;
  return `${title}\n${"-".repeat(title.length)}\n\n${text}`;
}
