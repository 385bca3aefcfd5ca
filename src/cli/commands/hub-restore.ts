import { resolve } from "node:path";
import { Command } from "commander";
import { restore } from "../../hub/index.ts";
import type { CommandIo } from "../command-io.ts";
import { flag, nonEmpty } from "../flags.ts";
import { stateFolderOf } from "../state-folder.ts";

const HELP = `
Into an empty or a new folder, never over anything; the hub must not be running. Every file is checked first.
Interrupted, the same line begins anew, and no hub starts before it has ended. As root, files get the owner of
the folder, so that a service finds its own.

Example:
  $ nixwave hub restore hub.tar.gz --state ./hub`;

/** `nixwave hub restore`: the other way. */
export const hubRestoreCommand = (io: CommandIo): Command =>
  new Command("restore")
    .description("Bring a hub's folder back from a backup.")
    .argument("<file>", "what `nixwave hub backup` wrote")
    .addOption(flag("--state <folder>", "the hub's folder (or $STATE_DIRECTORY)", nonEmpty))
    .addHelpText("after", HELP)
    .action((file: string, flags: { readonly state?: string }) => {
      const state = stateFolderOf(io, flags);
      const { madeAt, files } = restore(resolve(io.cwd, file), state);
      io.stdout.write(`${state}: ${files} files as they were at ${madeAt}\n`);
    });
