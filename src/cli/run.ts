import { CommanderError } from "commander";
import { NixwaveError } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import type { ExitStatus } from "./exit-status.ts";
import { printFailure } from "./failure.ts";
import { programFor } from "./program.ts";

/** Runs one command line (without node and script). @returns its exit status; never throws */
export async function run(args: readonly string[], io: CommandIo): Promise<ExitStatus> {
  try {
    const program = await programFor(args, io);
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) return printFailure(error, io);
    if (error.exitCode === 0) return 0; // --help, --version
    return printFailure(usageError(error), io);
  }
}

function usageError(error: CommanderError): NixwaveError {
  const said = error.message.replace(/^error: /, "");
  const bare = error.code === "commander.help";
  return new NixwaveError("wrong-usage", bare ? "a command is missing" : said, { cause: error });
}
