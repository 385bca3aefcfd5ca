import { readFile } from "node:fs/promises";

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly link?: boolean;
}

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface Locked {
  readonly name: string;
  readonly version: string;
}

/**
 * The lock of a package that is packed out of a workspace: what runs there, in the very versions that are tested here.
 * @param lockFile the checkout's package-lock.json
 * @param workspace whose own node_modules become the package's, e.g. "src"
 * @param manifest of the package
 */
export async function lockFor(lockFile: string, workspace: string, manifest: Locked) {
  const { lockfileVersion, packages } = JSON.parse(await readFile(lockFile, "utf8")) as Lock;
  const own = `${workspace}/node_modules/`;
  const locked: Record<string, LockedPackage> = {};
  for (const [place, found] of Object.entries(packages)) {
    if (found.dev || found.devOptional || found.link) continue;
    const below = place.startsWith(own) ? place.slice(workspace.length + 1) : place;
    if (!below.startsWith("node_modules/")) continue; // the workspaces themselves
    if (below in locked) throw new Error(`two versions of ${below} are needed at run time`);
    locked[below] = found;
  }
  const { name, version } = manifest;
  return { name, version, lockfileVersion, requires: true, packages: { "": manifest, ...locked } };
}
