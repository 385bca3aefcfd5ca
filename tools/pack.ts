import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { packAgent } from "./pack-agent.ts";
import { packCli } from "./pack-cli.ts";
import { packNodes } from "./pack-nodes.ts";

const DIST = join(import.meta.dirname, "..", "dist");

/** Every package that Nixwave consists of, by the folder below dist/ in which it is laid out. */
export const PACKAGES = {
  nixwave: packCli,
  "node-red": packNodes,
  "agent-package": packAgent,
} as const;

export interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

/** What `npm pack` makes of a package that is laid out in `folder`. @param into where the tarball is left */
export async function tarballOf(folder: string, into: string): Promise<Packed> {
  const args = ["pack", "--json", "--pack-destination", into];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: folder });
  return (JSON.parse(stdout) as [Packed])[0];
}

if (import.meta.main) {
  const mib = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  for (const [name, pack] of Object.entries(PACKAGES)) {
    const folder = join(DIST, name);
    await pack(folder);
    const { filename, size, unpackedSize } = await tarballOf(folder, DIST);
    process.stdout.write(`dist/${filename}: ${mib(size)}, unpacked ${mib(unpackedSize)}\n`);
  }
}
