import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { CommandIo } from "../command-io.ts";
import type { Workflow } from "./workflow-diff.ts";

const FOLDER = join(".github", "workflows");

/** The GitHub workflows beside a flake of this machine; none where it lies elsewhere or has none. */
export async function readWorkflows(io: CommandIo, flake: string): Promise<readonly Workflow[]> {
  const folder = resolve(io.cwd, flake.replace(/^path:/, ""), FOLDER);
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
