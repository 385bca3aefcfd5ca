import { resolve } from "node:path";
import { Command } from "commander";
import { NixwaveError } from "../../contract/index.ts";
import { backUp, backUpInto } from "../../hub/index.ts";
import type { CommandIo } from "../command-io.ts";
import { flag, nonEmpty } from "../flags.ts";
import { stateFolderOf } from "../state-folder.ts";

interface Flags {
  readonly state?: string;
  readonly into?: string;
  readonly keep?: number;
}

const KEEP = 14;
const KEEP_AT_MOST = 10_000;

const HELP = `
The hub may be running: its databases are copied so that they are whole, as of one moment. The file holds the
hub's key, the flow with its passwords, the accounts and the journal, so keep it like a key. It is a tar.gz that
\`tar\` unpacks too, and it appears whole or not at all. Links, locks, node_modules and a disk's lost+found are
left out, and a node's file that goes away meanwhile; a key, flow or database that does is an error.

It works on the user folder of a Node-RED with Nixwave's nodes as well: --state /var/lib/node-red

Example:
  $ nixwave hub backup hub.tar.gz --state ./hub
  $ nixwave hub backup --into /mnt/nas/hub --keep 30 --state ./hub    dated copies; older ones go`;

/** `nixwave hub backup`: a hub's folder in one file. */
export const hubBackupCommand = (io: CommandIo): Command =>
  new Command("backup")
    .description("Copy the hub's folder into one file, while the hub runs.")
    .argument("[file]", "a new file")
    .addOption(flag("--state <folder>", "the hub's folder (or $STATE_DIRECTORY)", nonEmpty))
    .addOption(flag("--into <folder>", "instead of a file: a dated copy there", nonEmpty))
    .addOption(flag("--keep <count>", `with --into: how many stay (${KEEP})`, parseCount))
    .addHelpText("after", HELP)
    .action((file: string | undefined, flags: Flags) => copy(io, file, flags));

function copy(io: CommandIo, file: string | undefined, flags: Flags): void {
  const state = stateFolderOf(io, flags);
  const made =
    flags.into === undefined ? toFile(io, state, file, flags) : toFolder(io, state, file, flags);
  io.stdout.write(`${made.file}: ${made.files} files, ${made.bytes} bytes\n`);
  for (const one of made.left) io.stderr.write(`left out, it is no file: ${one}\n`);
  for (const one of made.vanished) io.stderr.write(`left out, it went away meanwhile: ${one}\n`);
  for (const one of made.removed) io.stdout.write(`removed ${one}\n`);
}

function toFile(io: CommandIo, state: string, file: string | undefined, { keep }: Flags) {
  if (file === undefined) throw new NixwaveError("wrong-usage", "FILE or --into FOLDER is missing");
  if (keep !== undefined) throw new NixwaveError("wrong-usage", "--keep belongs to --into");
  return backUp(state, resolve(io.cwd, file), io.now());
}

function toFolder(io: CommandIo, state: string, file: string | undefined, flags: Flags) {
  const { into = "", keep = KEEP } = flags;
  if (file !== undefined) throw new NixwaveError("wrong-usage", "give FILE or --into, not both");
  return backUpInto(state, resolve(io.cwd, into), keep, io.now());
}

function parseCount(text: string): number {
  const count = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= KEEP_AT_MOST) return count;
  throw new NixwaveError("wrong-usage", `${text} is no number from 1 to ${KEEP_AT_MOST}`);
}
