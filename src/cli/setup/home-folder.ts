import { join } from "node:path";
import type { CommandIo } from "../command-io.ts";
import { required } from "../flags.ts";

/** Where a home lies unless a person says otherwise: outside of every checkout. @throws NixwaveError wrong-usage */
export const homeFolderOf = ({ env }: Pick<CommandIo, "env">): string =>
  join(required(env["HOME"] || undefined, "the folder (and HOME)"), "nixwave-home");
