import { CommanderError } from "commander";
import { NixwaveError } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import { Ended } from "./ended.ts";
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
    if (error instanceof Ended) return error.status;
    if (!(error instanceof CommanderError)) return printFailure(error, io);
    if (error.exitCode === 0) return 0; // --help, --version
    return printFailure(usageError(error, args), io);
  }
}

function usageError(error: CommanderError, args: readonly string[]): NixwaveError {
  const said = error.message.replace(/^error: /, "");
  const message = error.code === "commander.help" ? bareText(args) : said;
  return new NixwaveError("wrong-usage", message, { cause: error });
}

/** Commander shows its help, and nothing else, both without a command and for `help` of an unknown one. */
function bareText(args: readonly string[]): string {
  const asked = args.includes("help") ? args[args.indexOf("help") + 1] : undefined;
  return asked === undefined ? "a command is missing" : `unknown command '${asked}'`;
}
