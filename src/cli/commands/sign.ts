import { Command } from "commander";
import { parsePayload, type Release, WIRE } from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { DESCRIPTION_MAX_BYTES, parseDescription } from "../description.ts";
import { readInput, writeOutput } from "../files.ts";
import { flag, nonEmpty, required } from "../flags.ts";
import { paintFor } from "../paint.ts";
import { renderChanges } from "../render-release.ts";
import { addSignFlags, previousOf, type SignFlags, signerOf, signRelease } from "../sign-flags.ts";

interface Flags extends SignFlags {
  readonly previous?: string;
  readonly out?: string;
}

/** `nixwave sign DESCRIPTION`: makes the release, without store and without broker. */
export function signCommand(io: CommandIo): Command {
  const command = new Command("sign")
    .description("Sign a description: one statement for each host. Prints the release.")
    .argument("<description>", "what `nixwave describe` wrote: a file, or -")
    .addOption(
      flag(
        "--previous <release>",
        "the release that this one replaces: a file, or `none`",
        nonEmpty,
      ),
    )
    .addOption(flag("--out <file>", "write there instead of to standard output", nonEmpty))
    .addHelpText(
      "after",
      `
Example, in the CI job that has the key:
  $ nixwave sign description.json --fleet home --previous none --out release.json

Serials rise: max(now, the previous release's last + 1). Give --previous so that they also rise where
CI's clock went back, and to keep the other hosts' statements with --only.`,
    )
    .action((description: string, flags: Flags) => sign(io, description, flags));
  return addSignFlags(command);
}

async function sign(io: CommandIo, file: string, flags: Flags): Promise<void> {
  const named = required(flags.previous, "--previous RELEASE (or --previous none)");
  const description = parseDescription(await readInput(io, file, DESCRIPTION_MAX_BYTES));
  const signer = await signerOf(io, flags);
  const release = named === "none" ? undefined : await readRelease(io, named);
  const made = signRelease(io, signer, description, previousOf(io, signer, release));
  io.stderr.write(renderChanges(made.changes, paintFor(io.stderr, io.env)));
  await writeOutput(io, flags.out, `${Buffer.from(made.bytes).toString("utf8")}\n`);
}

/** @throws NixwaveError file-unreadable | too-large, or as the contract's parser */
export async function readRelease(io: CommandIo, file: string): Promise<Release> {
  const bytes = await readInput(io, file, WIRE.release.maxBytes + 1); // and a line break
  return parsePayload("release", bytes);
}
