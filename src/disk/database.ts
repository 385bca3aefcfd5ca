import { accessSync, chmodSync, closeSync, constants, openSync } from "node:fs";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync, type StatementSync } from "node:sqlite";

export type Database = DatabaseSync;
export type Statement = StatementSync;

/** What is wrong with a file, as far as somebody could act on it. */
export type DiskFault = "locked" | "damaged" | "full" | "failed";

/** One large commit must not leave its log behind for ever. */
const LOG_BYTES_AT_REST = 4 * 1024 * 1024;

const FAULTS: Readonly<Record<number, DiskFault>> = {
  1: "damaged", // SQLITE_ERROR: a table or column that must be there is not
  5: "locked", // SQLITE_BUSY
  11: "damaged", // SQLITE_CORRUPT
  13: "full", // SQLITE_FULL
  26: "damaged", // SQLITE_NOTADB
};

const SQLITE_READONLY = 8;
const mayWrite = (file: string): boolean => {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

/** Whether it came from SQLite or from the file system. */
export const isOfDisk = (error: unknown): error is Error =>
  error instanceof Error && ("errcode" in error || "syscall" in error);

/**
 * For errors of SQLite and of the file system; "failed" for whatever has no name of its own. `file`: the
 * database, for a refusal to write that the system knows nothing of: a flipped bit in the header's version.
 */
export function faultOf(error: unknown, file?: string): DiskFault {
  const { errcode, code } = error as { errcode?: number; code?: string };
  if (errcode === SQLITE_READONLY && file !== undefined && mayWrite(file)) return "damaged";
  if (code === "ENOSPC" || code === "EDQUOT") return "full";
  // Extended result codes carry the primary one in their low byte (sqlite.org/rescode.html).
  return FAULTS[(errcode ?? 0) & 0xff] ?? "failed";
}

/**
 * When a commit survives a power cut: when it returns, or only after `openDiskSync(logOf(file)).synced()`.
 * It survives the process (SIGKILL) when it returns, either way.
 */
type CommitSync = "at-commit" | "on-request";

/** The write-ahead log of a database, which holds what is committed and not yet moved into it. */
export const logOf = (file: string): string => `${file}-wal`;

/**
 * A database of one process whose commits are on disk when they return. Made with mode 0600.
 * @throws what SQLite says; `faultOf` sorts it
 */
export function openDurably(file: string, sync: CommitSync = "at-commit"): Database {
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // An exclusive WAL needs no shared-memory file and keeps a second process out for as long as this one lives.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
    // NORMAL still syncs the log before and the database after a checkpoint, so it can never be damaged.
    const level = sync === "at-commit" ? "FULL" : "NORMAL";
    database.exec(`PRAGMA synchronous = ${level}; BEGIN IMMEDIATE; COMMIT`);
    database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES_AT_REST}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Before SQLite comes to it: the log takes over the mode that the file had when the log was made. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    // Not opened when it is there: closing any descriptor of a file ends this process's locks on it (POSIX).
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    chmodSync(file, 0o600);
  }
}

/**
 * Ends the transaction that failed, unless SQLite has ended it itself, as on a full disk
 * (sqlite.org/lang_transaction.html). Node.js before 22.16 cannot tell one from the other.
 * @returns whether there was one to end
 */
export function rollBack(database: Database): boolean {
  const isOpen: boolean | undefined = database.isTransaction;
  if (isOpen === false) return false;
  try {
    database.exec("ROLLBACK");
    return true;
  } catch (error) {
    if (isOpen) throw error;
    return false;
  }
}

/** For looking into a file that nobody uses any more. */
export const openToRead = (file: string): Database => new DatabaseSync(file, { readOnly: true });

export const pragmaOf = (
  database: Database,
  name: "application_id" | "user_version" | "synchronous",
): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);

/** What SQLite finds wrong with the structure of the file; null when it is sound. */
export function findDamage(database: Database): string | null {
  const said = String(database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"]);
  return said === "ok" ? null : said;
}
