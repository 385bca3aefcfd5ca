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

/** Beside the folder of this file, and beside the folder that holds it when it is bundled (tools/pack-nodes.ts). */
const OWN = join(import.meta.dirname, "..", "resources", "page");

/** Read once, and nothing but what stands here is served: no path of a request reaches the disk. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const own = readdirSync(OWN).map((name) => [name, fileAt(join(OWN, name), name)] as const);
  const libraries = libraryFiles().map(([name, path]) => [name, fileAt(path, name)] as const);
  return new Map([...own, ...libraries]);
}

/** The page's name for a library's file, and where it is: beside what the library offers to Node.js, in its `dist`. */
function libraryFiles(): readonly (readonly [name: string, path: string])[] {
  const require = createRequire(import.meta.url);
  const beside = (entry: string, file: string): string => join(dirname(entry), file);
  const uplot = require.resolve("uplot");
  return [
    ["preact.js", beside(require.resolve("preact"), "preact.mjs")],
    ["htm.js", beside(require.resolve("htm"), "htm.module.js")],
    ["uplot.js", beside(uplot, "uPlot.esm.js")],
    ["uplot.css", beside(uplot, "uPlot.min.css")],
  ];
}

const fileAt = (path: string, name: string): PageFile => ({
  type: TYPES[extname(name)] ?? "application/octet-stream",
  bytes: readFileSync(path),
});
