import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { CommandIo } from "../command-io.ts";
import type { Workflow } from "./workflow-diff.ts";

const FOLDER = join(".github", "workflows");

/** The GitHub workflows beside a flake of this machine; none where it lies elsewhere or has none. */
export async function readWorkflows(io: CommandIo, flake: string): Promise<readonly Workflow[]> {
  const folder = join(folderOf(io, flake), FOLDER);
  try {
    const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
    return await Promise.all(
      names.map(async (name) => ({
        file: join(FOLDER, name),
        text: await readFile(join(folder, name), "utf8"),
      })),
    );
  } catch {
    return []; // only to print a better diff: without them the step alone is printed
  }
}

/** What lies in the folder of a flake on this machine; null where there is none. */
export async function readBesideFlake(
  io: CommandIo,
  flake: string,
  name: "flake.nix" | "nixwave.nix",
): Promise<string | null> {
  try {
    return await readFile(join(folderOf(io, flake), name), "utf8");
  } catch {
    return null; // as above
  }
}

const folderOf = (io: CommandIo, flake: string): string =>
  resolve(io.cwd, flake.replace(/^path:/, ""));
