import { closeSync, copyFileSync, openSync, readSync, rmSync, statSync } from "node:fs";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync } from "node:sqlite";
import { findDamage, logOf } from "./database.ts";

/** What a database of SQLite begins with (sqlite.org/fileformat.html, 1.3). */
const MAGIC = Buffer.from("SQLite format 3\0", "latin1");
/** Offset of "file format write version": 2 is a write-ahead log. */
const WRITE_VERSION_AT = 18;
const WRITE_AHEAD = 2;
const LOG_HEADER_BYTES = 32;
/** A log is begun anew once in 1000 pages; a copy takes milliseconds. */
const TRIES = 100;
const WAIT_FOR_OTHERS_MS = 10_000;

/**
 * Copies a database of another process, which may write to it meanwhile, to one file without a log. Not for a
 * database that this process has open: closing any descriptor of a file ends this process's locks on it (POSIX).
 *
 * `openDurably` keeps everybody else out, so neither VACUUM INTO nor SQLite's backup can be asked from outside.
 * But database and log together, as they stand on the disk at one instant, are what a power cut would leave, and
 * SQLite makes the last commit of them. Two files are not copied at one instant; it is the same as long as the log
 * is not begun anew in between: whatever a checkpoint brought into the database before or during its copy is still
 * in the log that is copied behind it, and is laid over it again. A log that is begun anew has another header
 * (sqlite.org/fileformat.html, 4.1: salts), so then both are copied once more.
 * @param to a new file
 * @throws what SQLite or the file system says, Error when the copy is damaged or never came to rest
 */
export function copyDatabase(file: string, to: string): void {
  if (!hasLog(file)) {
    copyLocked(file, to);
    return;
  }
  for (let tried = 0; tried < TRIES; tried++) {
    const before = logState(file);
    copyFileSync(file, to);
    copyIfAny(logOf(file), logOf(to));
    if (before === logState(file)) {
      makeWhole(to, file);
      return;
    }
  }
  throw new Error(`${file} is written to faster than it can be copied`);
}

export const isDatabase = (file: string): boolean => MAGIC.equals(beginningOf(file, MAGIC.length));

const hasLog = (file: string): boolean =>
  beginningOf(file, WRITE_VERSION_AT + 1)[WRITE_VERSION_AT] === WRITE_AHEAD;

/** With a rollback journal readers are let in between two transactions. */
function copyLocked(file: string, to: string): void {
  const database = new DatabaseSync(file, { readOnly: true, timeout: WAIT_FOR_OTHERS_MS });
  try {
    database.prepare("VACUUM INTO ?").run(to);
  } finally {
    database.close();
  }
}

/** The log's own header; without a log nothing but an opening and closing in between changes the database. */
function logState(file: string): string {
  const { ino, mtimeNs, size } = statSync(file, { bigint: true });
  const header = beginningOf(logOf(file), LOG_HEADER_BYTES);
  return header.length === 0
    ? `${ino} ${mtimeNs} ${size}`
    : `${ino} ${Buffer.from(header).toString("hex")}`;
}

/** Empty when there is no such file. */
function beginningOf(file: string, length: number): Uint8Array {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (error) {
    if (isMissing(error)) return new Uint8Array();
    throw error;
  }
  try {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, length, 0));
  } finally {
    closeSync(descriptor);
  }
}

function copyIfAny(file: string, to: string): void {
  rmSync(to, { force: true });
  try {
    copyFileSync(file, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Lays the log over the copy; the last to close removes it. */
function makeWhole(copy: string, of: string): void {
  const database = new DatabaseSync(copy);
  try {
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const damage = findDamage(database);
    if (damage !== null) throw new Error(`${of} is damaged: ${damage}`);
  } finally {
    database.close();
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";
