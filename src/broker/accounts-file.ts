import { type FileHandle, open, rm } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { NixwaveError, parseStrictJson } from "../contract/index.ts";
import { replaceWhole } from "../disk/index.ts";
import type { StoredAccount } from "./accounts.ts";
import { formatAccounts, parseAccounts } from "./accounts-json.ts";

const MAX_BYTES = 4 * 1024 * 1024;
const READABLE_BY_OTHERS = 0o077;

/**
 * The accounts in `file`, an absolute path.
 * @throws NixwaveError secret-exposed with the chmod to run | file-unreadable | too-large | not-json |
 * duplicate-key | invalid-field | invalid-name | invalid-host-name | invalid-topic
 */
export async function readAccountsFile(file: string): Promise<readonly StoredAccount[]> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, "r");
    const { mode } = await handle.stat();
    if ((mode & READABLE_BY_OTHERS) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(3, "0");
      throw new NixwaveError(
        "secret-exposed",
        `${file} has mode ${octal}: other users can read or change it; run: chmod 600 '${file}'`,
        { where: file },
      );
    }
    return parseAccounts(parseStrictJson(await handle.readFile(), MAX_BYTES));
  } catch (error) {
    throw explain(error, file, "file-unreadable");
  } finally {
    await handle?.close();
  }
}

/** The same, or no accounts when there is no such file yet. */
export async function readAccountsFileIfAny(file: string): Promise<readonly StoredAccount[]> {
  try {
    return await readAccountsFile(file);
  } catch (error) {
    const isNew = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
    if (isNew) return [];
    throw error;
  }
}

/** A change takes milliseconds; who waits longer waits for somebody who is gone. */
const LOCK_TRIES = 50;
const LOCK_PAUSE_MS = 100;

/**
 * Reads `file`, or begins with no accounts, and writes what `change` makes of them; a second one at the
 * same time waits, so that no account is lost.
 * @throws NixwaveError file-unwritable, as `readAccountsFile`, and what `change` throws
 */
export async function changeAccountsFile(
  file: string,
  change: (accounts: readonly StoredAccount[]) => readonly StoredAccount[],
): Promise<void> {
  const lock = await takeLock(`${file}.lock`, LOCK_TRIES);
  try {
    await writeAccountsFile(file, change(await readAccountsFileIfAny(file)));
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string, tries: number): Promise<string> {
  try {
    await (await open(lock, "wx", 0o600)).close();
    return lock;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw explain(error, lock, "file-unwritable");
    }
  }
  if (tries === 0) {
    const why = "another nixwave changes the accounts; if none does, remove this file";
    throw new NixwaveError("file-unwritable", `${lock}: ${why}`, { where: lock });
  }
  await setTimeout(LOCK_PAUSE_MS);
  return takeLock(lock, tries - 1);
}

/**
 * Replaces `file` so that a power cut leaves the old or the new one whole; mode 0600.
 * @throws NixwaveError file-unwritable
 */
export async function writeAccountsFile(
  file: string,
  accounts: readonly StoredAccount[],
): Promise<void> {
  try {
    replaceWhole(file, formatAccounts(accounts));
  } catch (error) {
    throw explain(error, file, "file-unwritable");
  }
}

function explain(
  error: unknown,
  file: string,
  code: "file-unreadable" | "file-unwritable",
): NixwaveError {
  const detail = { where: file, cause: error };
  if (!(error instanceof NixwaveError)) {
    const { code: system, message } = error as NodeJS.ErrnoException;
    const isAbsent = code === "file-unreadable" && system === "ENOENT";
    const why = isAbsent ? "there is no such file; `nixwave broker passwd` makes one" : message;
    return new NixwaveError(code, `${file}: ${why}`, detail);
  }
  if (error.code === "secret-exposed") return error;
  return new NixwaveError(error.code, `${file}: ${error.message}`, detail);
}
