import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import {
  ContractError,
  type InboxSession,
  inboxSessionCodec,
  NixwaveError,
} from "../../src/contract/index.ts";
import type { Places } from "./places.ts";

const ORDER_MAX_BYTES = 16 * 1024;
const SESSION_MAX_BYTES = 1024;

/**
 * The order that waits, moved into root's own folder before a byte of it is read (DESIGN 7): what the agent
 * writes meanwhile is another file. It stays in `taken` until `forget`, so that a killed activator finds it again.
 * @returns null when none waits
 * @throws NixwaveError inbox-refused for a link, a pipe, a folder or a large file; it is gone then
 */
export function takeOrder(places: Places): Uint8Array | null {
  mkdirSync(places.taken, { recursive: true, mode: 0o700 });
  const taken = join(places.taken, "desired");
  move(join(places.inbox, "desired"), taken);
  return readSmall(taken, ORDER_MAX_BYTES);
}

/** What comes replaces what a killed activator left, of whatever kind the two are. */
function move(from: string, to: string, isAgain = false): void {
  try {
    renameSync(from, to);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return;
    if (isAgain || !IN_THE_WAY.includes(code)) throw error;
    rmSync(to, { force: true, recursive: true });
    move(from, to, true);
  }
}

/** A rename puts no folder over a file, no file over a folder, and no folder over one that is not empty. */
const IN_THE_WAY: readonly string[] = ["ENOTDIR", "EISDIR", "ENOTEMPTY", "EEXIST"];

export const forgetOrder = (places: Places): void =>
  rmSync(join(places.taken, "desired"), { force: true });

/** Over which session the inbox was filled; null before the first. It confines nobody: the hub's signature does. */
export function readSession(places: Places): InboxSession | null {
  try {
    const bytes = readSmall(join(places.inbox, "session"), SESSION_MAX_BYTES, false);
    return bytes && inboxSessionCodec.parse(bytes);
  } catch (error) {
    if (error instanceof ContractError || isRefusal(error)) return null;
    throw error;
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof NixwaveError && error.code === "inbox-refused";

/**
 * O_NOFOLLOW, because the agent owns the folder and could point anywhere; O_NONBLOCK, because opening a pipe would
 * wait for ever. Read once: the bytes that are judged are the bytes that are kept.
 */
function readSmall(path: string, maxBytes: number, isOurs = true): Uint8Array | null {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let file: number;
  try {
    file = openSync(path, flags);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    return refuse(path, code === "ELOOP" ? "is a link" : `cannot be opened (${code})`, isOurs);
  }
  try {
    if (!fstatSync(file).isFile()) return refuse(path, "is not a regular file", isOurs);
    const buffer = Buffer.alloc(maxBytes + 1);
    const bytesRead = readSync(file, buffer, 0, buffer.length, 0);
    if (bytesRead > maxBytes) {
      return refuse(path, `has more than ${maxBytes} bytes`, isOurs);
    }
    return buffer.subarray(0, bytesRead);
  } finally {
    closeSync(file);
  }
}

function refuse(path: string, why: string, isOurs: boolean): never {
  if (isOurs) rmSync(path, { force: true, recursive: true });
  throw new NixwaveError("inbox-refused", `${path} ${why}`, { where: path });
}
