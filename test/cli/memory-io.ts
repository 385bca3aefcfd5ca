import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { CommandIo } from "../../src/cli/command-io.ts";
import { run } from "../../src/cli/run.ts";
import type { EpochMs } from "../../src/contract/index.ts";
import { instant } from "../../src/contract/index.ts";

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Readable;
  readonly env?: Readonly<Record<string, string>>;
  readonly now?: EpochMs;
}

/** A folder of its own, in which `nixwave` runs within this process. */
export interface Workshop {
  readonly folder: string;
  at(...names: readonly string[]): string;
  nixwave(args: readonly string[], options?: RunOptions): Promise<Ran>;
  remove(): Promise<void>;
}

export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), "nixwave-cli-"));
  return {
    folder,
    at: (...names) => join(folder, ...names),
    nixwave: (args, options = {}) => nixwaveIn(folder, args, options),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function nixwaveIn(
  folder: string,
  args: readonly string[],
  { stdin = "", env = {}, now }: RunOptions,
): Promise<Ran> {
  const [stdout, stderr] = [collector(), collector()];
  const io: CommandIo = {
    stdin: typeof stdin === "string" ? Readable.from([Buffer.from(stdin)]) : stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      XDG_CACHE_HOME: join(folder, ".cache"),
      ...env,
    },
    cwd: folder,
    now: () => now ?? instant(Date.now()),
    stopRequested: () => new Promise(() => undefined),
  };
  const status = await run(args, io);
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

function collector(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => stripVTControlCharacters(Buffer.concat(chunks).toString("utf8")) };
}

/** A stream that claims to be a terminal. */
export const terminal = (): NodeJS.WritableStream =>
  Object.assign(new PassThrough(), { isTTY: true });
