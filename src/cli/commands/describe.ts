import { Command } from "commander";
import type { CommandIo } from "../command-io.ts";
import { addDescribeFlags, type DescribeFlags, describeSpec } from "../describe-flags.ts";
import { formatDescription } from "../description.ts";
import { writeOutput } from "../files.ts";
import { flag, nonEmpty } from "../flags.ts";

interface Flags extends DescribeFlags {
  readonly out?: string;
}

/** `nixwave describe SPEC`: what is to be signed, read where the store is. */
export function describeCommand(io: CommandIo): Command {
  const command = new Command("describe")
    .description("Read NAR hashes and system types of a deploy spec's closures with Nix.")
    .argument("<spec>", 'deploy spec {"agents": {"nuc": "/nix/store/..."}}: a file, `result`, or -')
    .addOption(flag("--out <file>", "write there instead of to standard output", nonEmpty))
    .addHelpText(
      "after",
      `
Example, in the CI job that has the store but no key:
  $ nix build .#deploy-spec
  $ nixwave describe result --out description.json

A rollbackScript is refused: no script ever travels, the host returns by itself to what ran before.`,
    )
    .action(async (spec: string, flags: Flags) => {
      await writeOutput(io, flags.out, formatDescription(await describeSpec(io, spec, flags)));
    });
  return addDescribeFlags(command);
}
