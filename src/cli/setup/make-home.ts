import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { generatePassword } from "../../broker/index.ts";
import {
  formatPublicKey,
  formatSecretKey,
  type HostName,
  type KeyName,
  NixwaveError,
  parseSecretKey,
  type UserName,
} from "../../contract/index.ts";
import { readHomeAccounts, type WantedAccount, writeHomeAccounts } from "./home-accounts.ts";
import type { HomePlaces } from "./home-places.ts";
import { formatSettings, type HomeSettings, parseSettings } from "./home-settings.ts";
import { type Keeper, openKeeper } from "./keep-file.ts";
import { formatBook, newBook } from "./trust-book.ts";

const SEED_BYTES = 32;
/** As the host wants it: root reads it, nobody writes it. */
const CREDENTIALS_MODE = 0o400;

/** Who shall be there after this run, beside hub and CI; who is there already stays. */
export interface WantedHome {
  readonly settings: HomeSettings;
  readonly hosts: readonly HostName[];
  readonly people: readonly UserName[];
}

export interface MadeHome {
  readonly settings: HomeSettings;
  /** Files, in the order in which they were made, relative to the folder; none: all was there. */
  readonly made: readonly string[];
  /** Accounts that were not there before. */
  readonly added: readonly string[];
}

/**
 * Makes what is missing and changes nothing that is there: killed at any moment, the next run goes on. Each secret is
 * durable before the record that it was made (its public half, its account), so that no record is without its secret.
 * @throws NixwaveError home-incomplete | file-unreadable | file-unwritable | account-exists
 */
export async function makeHome(places: HomePlaces, wanted: WantedHome): Promise<MadeHome> {
  const keeper = openKeeper(places.folder);
  await requireWhole(places);
  const before = await readHomeAccounts(places, keeper);
  // After the accounts: where home.json is, they were once (requireWhole).
  const settings = await keeper.keep(places.settings, () => formatSettings(wanted.settings));
  await makeKeys(places, keeper);
  await keeper.keep(places.trust, () => formatBook(newBook()));
  const known = new Set(before.map(({ user }) => user));
  const missing = wantedAccounts(places, wanted).filter(({ user }) => !known.has(user));
  for (const { file, mode } of missing) {
    await keeper.keep(file, () => `${generatePassword()}\n`, mode);
  }
  await writeHomeAccounts(places, missing);
  return {
    settings: parseSettings(settings, places.settings),
    made: keeper.made,
    added: missing.map(({ user }) => user),
  };
}

/** Without its accounts a home would give its hosts new passwords, which the broker does not know. */
async function requireWhole({ settings, accounts, folder }: HomePlaces): Promise<void> {
  if (!existsSync(settings) || existsSync(accounts)) return;
  const why = `${accounts} is not there any more, and ${folder} was whole before; bring it back from the hub`;
  throw new NixwaveError("home-incomplete", why, { where: accounts });
}

async function makeKeys(places: HomePlaces, keeper: Keeper): Promise<void> {
  const { ci, hub } = newBook();
  await makeKey(places, keeper, ci.active, places.secretKey("ci", ci.active));
  await makeKey(places, keeper, hub.active, places.secretKey("hub", hub.active));
  for (const { spare } of [ci, hub]) await makeKey(places, keeper, spare, places.spareKey(spare));
}

/**
 * One key: its secret, then its public half. Where the public half is, the key was made; its secret may be gone to
 * where it belongs.
 * @throws NixwaveError file-unreadable | file-unwritable | invalid-key
 */
export async function makeKey(
  places: HomePlaces,
  keeper: Keeper,
  name: KeyName,
  secretFile: string,
): Promise<void> {
  if (existsSync(places.publicKey(name))) return;
  const secret = await keeper.keep(
    secretFile,
    () => `${formatSecretKey(name, randomBytes(SEED_BYTES))}\n`,
  );
  const { publicKey } = parseSecretKey(secret);
  await keeper.keep(places.publicKey(name), () => `${formatPublicKey(publicKey)}\n`, 0o644);
}

/** @throws NixwaveError account-exists when two of them have one name */
function wantedAccounts(places: HomePlaces, wanted: WantedHome): readonly WantedAccount[] {
  const accounts: readonly WantedAccount[] = [
    { user: "hub", role: "hub", file: places.hubPassword },
    { user: "ci", role: "ci", file: places.ciPassword },
    ...wanted.people.map(
      (user) => ({ user, role: "operator", file: places.password(user) }) as const,
    ),
    ...wanted.hosts.map(
      (user) =>
        ({ user, role: "host", file: places.credentials(user), mode: CREDENTIALS_MODE }) as const,
    ),
  ];
  const users = accounts.map(({ user }) => user);
  const twice = users.find((user, index) => users.indexOf(user) !== index);
  if (twice === undefined) return accounts;
  throw new NixwaveError("account-exists", `${twice} would be two accounts of one broker`);
}
