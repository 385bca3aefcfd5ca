import { readFile, rm } from "node:fs/promises";
import {
  changeAccountsFile,
  makeAccount,
  readAccountsFile,
  type StoredAccount,
} from "../../broker/index.ts";
import { DEFAULT_BASE, NixwaveError, type Role } from "../../contract/index.ts";
import type { HomePlaces } from "./home-places.ts";
import { type Keeper, textOrNull } from "./keep-file.ts";

/** An account whose password lies in a file of its own. */
export interface WantedAccount {
  readonly user: string;
  readonly role: Role;
  readonly file: string;
  readonly mode?: number;
}

const NONE = `${JSON.stringify({ v: 1, accounts: [] }, null, 2)}\n`;

/** The accounts of a home, begun with none. @throws NixwaveError as readAccountsFile | file-unwritable */
export async function readHomeAccounts(
  { accounts }: HomePlaces,
  keeper: Keeper,
): Promise<readonly StoredAccount[]> {
  await keeper.keep(accounts, () => NONE);
  return await readAccountsFile(accounts);
}

/** The same of a home that may not be there yet. @throws NixwaveError as readAccountsFile */
export async function accountsIfAny({ accounts }: HomePlaces): Promise<readonly StoredAccount[]> {
  return (await textOrNull(accounts)) === null ? [] : await readAccountsFile(accounts);
}

/**
 * Adds the accounts, in one change, behind those that are there.
 * @throws NixwaveError as changeAccountsFile
 */
export async function writeHomeAccounts(
  { accounts }: HomePlaces,
  wanted: readonly WantedAccount[],
): Promise<void> {
  if (wanted.length === 0) return;
  const made: StoredAccount[] = [];
  for (const { user, role, file } of wanted) {
    const password = (await readFile(file, "utf8")).trimEnd();
    made.push(await makeAccount({ user, role, password }, DEFAULT_BASE));
  }
  const add = (): Promise<void> => changeAccountsFile(accounts, (before) => [...before, ...made]);
  try {
    await add();
  } catch (error) {
    const lock = `${accounts}.lock`;
    if (!(error instanceof NixwaveError && error.where === lock)) throw error;
    // Longer than any change takes: whoever made it was killed.
    await rm(lock, { force: true });
    await add();
  }
}
