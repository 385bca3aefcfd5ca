import { Command } from "commander";
import type { CommandIo } from "./command-io.ts";

interface CommandEntry {
  readonly summary: string;
  /** Imported only when used, so that `nixwave --help` reads no other room. */
  readonly load: (io: CommandIo) => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {};

const EXAMPLES = `
A first release, step by step:
  $ nixwave keygen ci-1                                    once: a release key
  $ nixwave publish result --key ci-1.secret --fleet home --broker mqtt://hub.lan
  $ nixwave verify releases/main --key ci-1.public --broker mqtt://hub.lan

nixwave COMMAND --help explains a command. Exit status: 0 done, 1 refused, 2 wrong usage or input,
3 broker, 4 Nix, 5 files, 70 a bug in nixwave.`;

/** The command line's program; only the command that `args` names is imported. */
export async function programFor(args: readonly string[], io: CommandIo): Promise<Command> {
  const program = new Command("nixwave")
    .description("Keep a home's NixOS machines up to date through the home's own automation.")
    .addHelpText("after", EXAMPLES);
  const words = args.filter((word) => !word.startsWith("-"));
  const wanted = words[0] === "help" ? words[1] : words[0];
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    program.addCommand(name === wanted ? await load(io) : new Command(name).summary(summary));
  }
  adopt(program, io);
  return program;
}

/** addCommand copies no settings, so each command gets them here: strict, throwing, on our own streams. */
function adopt(command: Command, io: CommandIo): void {
  command
    .exitOverride()
    .allowExcessArguments(false)
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined, // said once, by printFailure
    });
  for (const below of command.commands) adopt(below, io);
}
