import { Command } from "commander";
import { encodePayload, NixwaveError, type Release } from "../../contract/index.ts";
import type { CommandIo } from "../command-io.ts";
import { addDescribeFlags, type DescribeFlags, describeSpec } from "../describe-flags.ts";
import { DESCRIPTION_MAX_BYTES, type Description, parseDescription } from "../description.ts";
import { readInput, writeNewFile } from "../files.ts";
import { flag, nonEmpty } from "../flags.ts";
import type { Shelf } from "../github/shelf.ts";
import { tellRunner, type Uploaded } from "../github/tell-runner.ts";
import { addUploadFlags, shelfOf, type UploadFlags } from "../github/upload-flags.ts";
import { isRefresh, type MadeRelease, newestOf } from "../make-release.ts";
import { paintFor } from "../paint.ts";
import { publishOnTop } from "../publish-on-top.ts";
import { renderChanges } from "../render-release.ts";
import { addSignFlags, previousOf, type SignFlags, signerOf, signRelease } from "../sign-flags.ts";
import { harmless } from "../wait/ci-log.ts";
import { dateText } from "../words.ts";

interface Flags extends DescribeFlags, SignFlags, UploadFlags {
  readonly described?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** `nixwave upload SPEC`: publishes without a broker, so that no port of the home is open (issue 7, 4). */
export function uploadCommand(io: CommandIo): Command {
  const command = new Command("upload")
    .description("Describe, sign and put a release on GitHub, where a hub fetches it.")
    .argument("<spec>", "deploy spec: a file, `result`, or -; with --described a description")
    .option("--described", "the argument is what `nixwave describe` wrote: no store is needed")
    .option("--json", "print the outcome as JSON")
    .addOption(flag("--out <file>", "keep the signed release there as well", nonEmpty))
    .addHelpText(
      "after",
      `
Example, in a job with \`permissions: contents: write\` (GITHUB_TOKEN and NIXWAVE_SIGNING_KEY are set):
  $ nixwave upload result --fleet home

The release node of the hub gets the address that it prints. What is on GitHub already is read first, so that serials
rise and --only can carry over the other hosts. Let one job upload at a time (GitHub: concurrency).`,
    )
    .action((spec: string, flags: Flags) => upload(io, spec, flags));
  return addUploadFlags(addSignFlags(addDescribeFlags(command)));
}

async function upload(io: CommandIo, spec: string, flags: Flags): Promise<void> {
  const signer = await signerOf(io, flags);
  const shelf = shelfOf(io, flags, signer.channel);
  const description = await descriptionOf(io, spec, flags);
  const made = await publishOnTop<MadeRelease>({
    read: () => onShelf(io, shelf),
    make: (kept) => signRelease(io, signer, description, previousOf(io, signer, kept)),
    write: (release) => shelf.write(encodePayload("release", release)),
    overtaken: () =>
      void io.stderr.write("somebody else uploaded meanwhile; signing again on top of it\n"),
  });
  if (flags.out) await writeNewFile(io, flags.out, made.bytes, 0o644);
  const uploaded = outcomeOf(made, shelf.url, flags.out ?? null);
  await tellRunner(io, uploaded);
  report(io, uploaded, flags);
}

async function descriptionOf(io: CommandIo, spec: string, flags: Flags): Promise<Description> {
  if (!flags.described) return await describeSpec(io, spec, flags, flags.only);
  if (flags.store || flags.system) {
    throw new NixwaveError("wrong-usage", "--store and --system have no use with --described");
  }
  return parseDescription(await readInput(io, spec, DESCRIPTION_MAX_BYTES));
}

/** What is there but is no release counts as nothing, and this is said: it will be replaced. */
async function onShelf(io: CommandIo, shelf: Shelf): Promise<Release | undefined> {
  try {
    return await shelf.read();
  } catch (error) {
    if (!(error instanceof NixwaveError) || error.code.startsWith("upload-")) throw error;
    const { code, message } = error;
    io.stderr.write(`warning: what is at ${shelf.url} is no release: ${code}: ${message}\n`);
    return undefined;
  }
}

function outcomeOf({ changes }: MadeRelease, url: string, file: string | null): Uploaded {
  const newest = newestOf(changes);
  const title = newest?.title ?? null;
  return { url, serial: newest?.serial ?? 0, title, refresh: isRefresh(changes), file, changes };
}

function report(io: CommandIo, uploaded: Uploaded, { json }: Flags): void {
  const { url, serial, title, changes, ...rest } = uploaded;
  if (json) {
    const hosts = changes.map(({ host, change, statement }) => ({ host, change, statement }));
    io.stdout.write(
      `${JSON.stringify({ outcome: "uploaded", url, serial, ...rest, hosts }, null, 2)}\n`,
    );
    return;
  }
  const paint = paintFor(io.stdout, io.env);
  const head = `release ${dateText(serial)}${title ? `: ${title}` : ""}`;
  io.stdout.write(`${paint("strong", harmless(head))}\n${renderChanges(changes, paint)}`);
  io.stdout.write(`${paint("good", `signed and kept at ${url}`)}\n`);
}
