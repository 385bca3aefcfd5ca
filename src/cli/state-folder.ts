import { resolve } from "node:path";
import { NixwaveError } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";

/** The hub's folder: the option's, else systemd's. Absolute. @throws NixwaveError wrong-usage */
export function stateFolderOf(io: CommandIo, { state }: { readonly state?: string }): string {
  const folder = state ?? io.env["STATE_DIRECTORY"];
  if (folder) return resolve(io.cwd, folder);
  throw new NixwaveError("wrong-usage", "--state FOLDER is missing, such as --state ./hub");
}
