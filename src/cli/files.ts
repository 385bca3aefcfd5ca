import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { NixwaveError } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";

const SECRET_MAX_BYTES = 64 * 1024;
const TEXT_MAX_BYTES = 16 * 1024 * 1024;
const READABLE_BY_OTHERS = 0o077;
/** systemd.exec(5): copies of secrets for one unit; its own user reads them by an ACL, which shows as the group's bits. */
const CREDENTIALS = "/run/credentials/";
const READABLE_BY_ALL = 0o007;
const IS_FOLDER = "it is a folder; give the file itself";

/**
 * Reads a file, or standard input for `-`.
 * @param maxBytes more is refused before it is all read
 * @throws NixwaveError file-unreadable | too-large
 */
export async function readInput(io: CommandIo, name: string, maxBytes: number): Promise<Buffer> {
  if (name === "-") return collect(io.stdin, "standard input", maxBytes);
  return await withFile(io, name, (file) =>
    collect(file.createReadStream({ autoClose: false }), name, maxBytes),
  );
}

/**
 * Reads a file that holds a secret; one that others may read is refused, because it may be known already.
 * @returns its text, without a line break at the end
 * @throws NixwaveError secret-exposed with the chmod to run | file-unreadable | too-large
 */
export async function readSecretFile(io: CommandIo, name: string): Promise<string> {
  return await withFile(io, name, async (file) => {
    const found = await file.stat();
    if (found.isDirectory()) throw new NixwaveError("file-unreadable", `${name}: ${IS_FOLDER}`);
    const { mode } = found;
    const forbidden = name.startsWith(CREDENTIALS) ? READABLE_BY_ALL : READABLE_BY_OTHERS;
    if ((mode & forbidden) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(3, "0");
      throw new NixwaveError(
        "secret-exposed",
        `${name} has mode ${octal}: other users can read or change it; run: chmod 600 ${shellWord(name)}`,
      );
    }
    const stream = file.createReadStream({ autoClose: false });
    const bytes = await collect(stream, name, SECRET_MAX_BYTES);
    return bytes.toString("utf8").replace(/\r?\n$/, "");
  });
}

/** The text of a file that is no secret. @throws NixwaveError file-unreadable | too-large */
export const readText = async (io: CommandIo, name: string): Promise<string> =>
  (await readInput(io, name, TEXT_MAX_BYTES)).toString("utf8");

/**
 * Writes a new file; never overwrites (O_EXCL).
 * @param mode permission bits, e.g. 0o600
 * @throws NixwaveError file-exists | file-unwritable
 */
export async function writeNewFile(
  io: CommandIo,
  name: string,
  text: string | Uint8Array,
  mode: number,
): Promise<void> {
  let file: FileHandle | undefined;
  try {
    file = await open(resolve(io.cwd, name), "wx", mode);
    await file.writeFile(text);
    await file.sync();
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") {
      throw new NixwaveError("file-exists", `${name} is already there`, { cause });
    }
    throw new NixwaveError("file-unwritable", `${name}: ${reason(cause)}`, { cause });
  } finally {
    await file?.close();
  }
}

/** Writes to `name`, else to standard output. @throws NixwaveError file-exists | file-unwritable */
export async function writeOutput(
  io: CommandIo,
  name: string | undefined,
  text: string,
): Promise<void> {
  if (name === undefined || name === "-") io.stdout.write(text);
  else await writeNewFile(io, name, text, 0o644);
}

async function withFile<T>(
  io: CommandIo,
  name: string,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(resolve(io.cwd, name), "r");
    return await use(file);
  } catch (cause) {
    if (cause instanceof NixwaveError) throw cause;
    const hint = codeOf(cause) === "EISDIR" ? IS_FOLDER : reason(cause);
    throw new NixwaveError("file-unreadable", `${name}: ${hint}`, { cause });
  } finally {
    await file?.close();
  }
}

async function collect(
  stream: AsyncIterable<string | Buffer>,
  name: string,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.byteLength;
    if (sizeBytes > maxBytes) {
      throw new NixwaveError("too-large", `${name} has more than ${maxBytes} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

function reason(error: unknown): string {
  if (codeOf(error) === "ENOENT") return "there is no such file or folder";
  if (codeOf(error) === "EACCES") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}

/** A path as a person can paste it behind a command. */
export const shellWord = (name: string): string =>
  /^[\w./@:+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
