import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";

/** A file as it is served. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The page's name for a library's file, and where it is in its package. */
const LIBRARIES = [
  ["preact.js", "preact", "dist/preact.mjs"],
  ["htm.js", "htm", "dist/htm.module.js"],
  ["uplot.js", "uplot", "dist/uPlot.esm.js"],
  ["uplot.css", "uplot", "dist/uPlot.min.css"],
] as const;

/** Beside the folder of this file, and beside the folder that holds it when it is bundled (tools/pack-nodes.ts). */
const OWN = join(import.meta.dirname, "..", "resources", "page");

/** Read once, and nothing but what stands here is served: no path of a request reaches the disk. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const own = readdirSync(OWN).map((name) => [name, fileAt(join(OWN, name), name)] as const);
  const require = createRequire(import.meta.url);
  const libraries = LIBRARIES.map(([name, library, file]) => {
    // Its manifest is not always exported; its entry is, and lies in dist/ with all three.
    const folder = dirname(dirname(require.resolve(library)));
    return [name, fileAt(join(folder, file), name)] as const;
  });
  return new Map([...own, ...libraries]);
}

const fileAt = (path: string, name: string): PageFile => ({
  type: TYPES[extname(name)] ?? "application/octet-stream",
  bytes: readFileSync(path),
});
