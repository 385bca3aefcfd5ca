import { Command } from "commander";
import { NixwaveError } from "../../contract/index.ts";
import { compareFlows, type FlowChange, hubPlaces, textIn } from "../../hub/index.ts";
import type { CommandIo } from "../command-io.ts";
import { writeOutput } from "../files.ts";
import { flag, nonEmpty } from "../flags.ts";
import { paintFor } from "../paint.ts";
import { stateFolderOf } from "../state-folder.ts";

interface Flags {
  readonly state?: string;
  readonly out?: string;
}

/** `nixwave flow export|diff`: the user's own flow, as a file and against the one that was given. */
export function flowCommand(io: CommandIo): Command {
  return new Command("flow")
    .description("Keep or compare the flow of a hub; a flow holds no secrets.")
    .addCommand(
      withState(new Command("export").description("Write the flow, to keep it or to share it."))
        .addOption(flag("--out <file>", "a new file; standard output otherwise", nonEmpty))
        .action(async (flags: Flags) => {
          await writeOutput(io, flags.out, await ownFlow(io, flags));
        }),
    )
    .addCommand(
      withState(
        new Command("diff").description("Show what you changed in the flow as it was given."),
      )
        .addHelpText(
          "after",
          "\nExit status 1 when something differs. Where nodes stand does not count.",
        )
        .action((flags: Flags) => diff(io, flags)),
    );
}

const withState = (command: Command): Command =>
  command.addOption(flag("--state <folder>", "the hub's folder (or $STATE_DIRECTORY)", nonEmpty));

const placesOf = (io: CommandIo, flags: Flags) => hubPlaces(stateFolderOf(io, flags));

async function ownFlow(io: CommandIo, flags: Flags): Promise<string> {
  return await needed(placesOf(io, flags).flow, "there is no flow yet; `nixwave hub` seeds one");
}

async function needed(file: string, why: string): Promise<string> {
  const text = await textIn(file);
  if (text === null) throw new NixwaveError("file-unreadable", `${file}: ${why}`, { where: file });
  return text;
}

async function diff(io: CommandIo, flags: Flags): Promise<void> {
  const given = await needed(
    placesOf(io, flags).flowGiven,
    "what was given is not there to compare with",
  );
  const changes = compareFlows(given, await ownFlow(io, flags));
  const paint = paintFor(io.stdout, io.env);
  for (const change of changes) io.stdout.write(`${lineOf(change, paint)}\n`);
  if (changes.length === 0) {
    io.stdout.write("as it was given\n");
    return;
  }
  const count = changes.length === 1 ? "1 node differs" : `${changes.length} nodes differ`;
  throw new NixwaveError("flow-differs", count);
}

function lineOf({ kind, node, fields }: FlowChange, paint: ReturnType<typeof paintFor>): string {
  if (kind === "added") return paint("good", `+ ${node}`);
  if (kind === "removed") return paint("error", `- ${node}`);
  return `${paint("warn", `~ ${node}`)}: ${fields.join(", ")}`;
}
