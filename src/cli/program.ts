import { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import type { CommandIo } from "./command-io.ts";
import type { CommandShape } from "./completion/command-shape.ts";
import { REQUESTS, type RequestName } from "./fleet/requests.ts";

interface CommandEntry {
  readonly summary: string;
  /** Imported only when used, so that `nixwave --help` reads no other room. */
  readonly load: (io: CommandIo) => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  init: {
    summary: "make keys, accounts and credentials of a home, and print its Nix",
    load: async (io) => (await import("./commands/init.ts")).initCommand(io),
  },
  keygen: {
    summary: "make a signing key",
    load: async (io) => (await import("./commands/keygen.ts")).keygenCommand(io),
  },
  keys: {
    summary: "replace a key of a home, step by step",
    load: async (io) => (await import("./commands/keys.ts")).keysCommand(io),
  },
  publish: {
    summary: "describe, sign and announce in one step",
    load: async (io) => (await import("./commands/publish.ts")).publishCommand(io),
  },
  describe: {
    summary: "read what a deploy spec's closures are, with Nix",
    load: async (io) => (await import("./commands/describe.ts")).describeCommand(io),
  },
  sign: {
    summary: "sign a description: makes a release",
    load: async (io) => (await import("./commands/sign.ts")).signCommand(io),
  },
  announce: {
    summary: "bring a release to the broker and read it back",
    load: async (io) => (await import("./commands/announce.ts")).announceCommand(io),
  },
  upload: {
    summary: "describe, sign and put a release on GitHub, where a hub fetches it",
    load: async (io) => (await import("./commands/upload.ts")).uploadCommand(io),
  },
  verify: {
    summary: "print what a release says and whether keys accept it",
    load: async (io) => (await import("./commands/verify.ts")).verifyCommand(io),
  },
  status: {
    summary: "show the rollout, the hosts, and what to do next",
    load: async (io) => (await import("./commands/status.ts")).statusCommand(io),
  },
  history: {
    summary: "show how the last rollouts ended",
    load: async (io) => (await import("./commands/history.ts")).historyCommand(io),
  },
  logs: {
    summary: "follow what the activation on a host prints",
    load: async (io) => (await import("./commands/logs.ts")).logsCommand(io),
  },
  ...requests(),
  hub: {
    summary: "run the hub of a home: Node-RED, its nodes and flow, and a broker",
    load: async (io) => (await import("./commands/hub.ts")).hubCommand(io),
  },
  flow: {
    summary: "keep or compare the flow of a hub",
    load: async (io) => (await import("./commands/flow.ts")).flowCommand(io),
  },
  broker: {
    summary: "run the embedded MQTT broker, and keep its accounts",
    load: async (io) => (await import("./commands/broker.ts")).brokerCommand(io),
  },
  acl: {
    summary: "print a configuration for mosquitto",
    load: async (io) => (await import("./commands/acl.ts")).aclCommand(io),
  },
  doctor: {
    summary: "look for what is most likely wrong in a home, and how to mend it",
    load: async (io) => (await import("./commands/doctor.ts")).doctorCommand(io),
  },
  demo: {
    summary: "watch a release go through a small home on this machine",
    load: async (io) => (await import("./commands/demo.ts")).demoCommand(io),
  },
  completion: {
    summary: "print a completion script for bash, zsh or fish",
    load: async (io) => {
      const { completionCommand } = await import("./commands/completion.ts");
      return completionCommand(io, () => everyShape(io));
    },
  },
};

/** Name and summary of each, in the order of the help; docs/cli.md lists them. */
export const commandSummaries = (): readonly (readonly [name: string, summary: string])[] =>
  Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]);

/** One command for each request to the hub. */
function requests(): Readonly<Record<string, CommandEntry>> {
  const names = Object.keys(REQUESTS) as RequestName[];
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        summary: REQUESTS[name].summary,
        load: async (io: CommandIo) => (await import("./commands/ask.ts")).askCommand(io, name),
      },
    ]),
  );
}

/** Every command with its options, for a shell that completes them; imports all rooms. */
async function everyShape(io: CommandIo): Promise<readonly CommandShape[]> {
  const { shapeOf } = await import("./completion/command-shape.ts");
  const entries = Object.entries(COMMANDS);
  return await Promise.all(
    entries.map(async ([, { summary, load }]) => shapeOf(await load(io), summary)),
  );
}

const EXAMPLES = `
A first release, step by step:
  $ nixwave keygen ci-1                                    once: a release key
  $ nixwave publish result --key ci-1.secret --fleet home --broker mqtt://hub.lan
  $ nixwave verify releases/main --key ci-1.public --broker mqtt://hub.lan
  $ nixwave status --watch --broker mqtt://hub.lan --user anna

nixwave COMMAND --help explains a command. Exit status: 0 done, 1 refused, 2 wrong usage or input,
3 broker, 4 Nix, 5 files, 6 no hub, 10 to 14 what became of a release (publish --wait), 70 a bug in nixwave.`;

/** The command line's program; only the command that `args` names is imported. */
export async function programFor(args: readonly string[], io: CommandIo): Promise<Command> {
  const program = new Command("nixwave")
    .description("Keep a home's NixOS machines up to date through the home's own automation.")
    .version(manifest.version)
    .enablePositionalOptions() // `broker` and `broker passwd` have options of the same name
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
