import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  changeAccountsFile,
  generatePassword,
  makeAccount,
  readAccountsFileIfAny,
  type StoredAccount,
} from "../broker/index.ts";
import {
  DEFAULT_BASE,
  formatSecretKey,
  type HostName,
  NixwaveError,
  parseKeyName,
  parseSecretKey,
  type Role,
  type SecretKey,
} from "../contract/index.ts";
import { writeOnce } from "../disk/index.ts";
import { refuseHalfRestored } from "./backup/restore.ts";

/** Where everything of a hub lies; one folder is one backup. */
export interface HubPlaces {
  readonly directory: string;
  /** Signs orders. */
  readonly hubKey: string;
  /** CI's key, while nobody has taken it to CI yet. */
  readonly ciKey: string;
  /** Of the embedded broker, and one password file for each. */
  readonly accounts: string;
  readonly password: (user: string) => string;
  readonly broker: string;
  /** Who may open the editor. */
  readonly editorAccounts: string;
  readonly credentialSecret: string;
  readonly nodeRed: string;
  readonly flow: string;
  /** The flow as it was given, to compare the user's own with. */
  readonly flowGiven: string;
  /** Of the nodes: the durable state of rollouts. */
  readonly journal: string;
}

/** @param directory absolute */
export const hubPlaces = (directory: string): HubPlaces => ({
  directory,
  hubKey: join(directory, "keys", "hub.secret"),
  ciKey: join(directory, "to-ci", "ci-1.secret"),
  accounts: join(directory, "accounts.json"),
  password: (user) => join(directory, "passwords", user),
  broker: join(directory, "broker"),
  editorAccounts: join(directory, "editor.json"),
  credentialSecret: join(directory, "keys", "credentials.secret"),
  nodeRed: join(directory, "node-red"),
  flow: join(directory, "node-red", "flows.json"),
  flowGiven: join(directory, "flow-given.json"),
  journal: join(directory, "journal"),
});

const SEED_BYTES = 32;
const READABLE_BY_OTHERS = 0o077;

/**
 * The key in `file`, made on first use.
 * @throws NixwaveError file-unreadable | file-unwritable | secret-exposed | invalid-key
 */
export async function keyIn(file: string, name: string): Promise<SecretKey> {
  const text = await secretIn(file, () =>
    formatSecretKey(parseKeyName(name), randomBytes(SEED_BYTES)),
  );
  return parseSecretKey(text);
}

/**
 * The secret in `file`, made by `make` on first use; a file that others can read is refused.
 * @throws NixwaveError file-unreadable | file-unwritable | secret-exposed
 */
export async function secretIn(file: string, make: () => string): Promise<string> {
  const found = await readSecret(file);
  if (found !== null) return found;
  const secret = make();
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    if (writeOnce(file, `${secret}\n`)) return secret;
  } catch (cause) {
    throw new NixwaveError("file-unwritable", `${file}: ${(cause as Error).message}`, { cause });
  }
  return await secretIn(file, make); // another start of the hub was quicker
}

/** Null when there is no such file. @throws NixwaveError file-unreadable | secret-exposed */
export async function readSecret(file: string): Promise<string | null> {
  try {
    const handle = await open(file, "r");
    try {
      const { mode } = await handle.stat();
      if ((mode & READABLE_BY_OTHERS) !== 0) {
        const why = `${file} can be read by other users; run: chmod 600 '${file}'`;
        throw new NixwaveError("secret-exposed", why, { where: file });
      }
      return (await handle.readFile("utf8")).trimEnd();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof NixwaveError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new NixwaveError("file-unreadable", `${file}: ${(cause as Error).message}`, { cause });
  }
}

/** Private to its user from the beginning. @throws NixwaveError file-unwritable | restore-interrupted */
export async function makeHubFolder(directory: string): Promise<HubPlaces> {
  const places = hubPlaces(directory);
  refuseHalfRestored(directory);
  try {
    await mkdir(places.nodeRed, { recursive: true, mode: 0o700 });
    await mkdir(places.journal, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
  } catch (cause) {
    const why = `${directory}: ${(cause as Error).message}`;
    throw new NixwaveError("file-unwritable", why, { where: directory, cause });
  }
  return places;
}

/** Who connects to the embedded broker of a home. */
export const partsOf = (hosts: readonly HostName[]): readonly (readonly [string, Role])[] => [
  ["hub", "hub"],
  ["ci", "ci"],
  ["me", "operator"],
  ...hosts.map((host) => [host, "host"] as const),
];

/**
 * Makes the accounts that are not there yet, each with its password in a file of its own: the file first, so that
 * no account is ever without one.
 * @throws NixwaveError file-unwritable | file-unreadable | secret-exposed
 */
export async function makeMissingAccounts(
  { accounts, password }: Pick<HubPlaces, "accounts" | "password">,
  wanted: readonly (readonly [string, Role])[],
): Promise<readonly string[]> {
  const known = new Set((await readAccountsFileIfAny(accounts)).map(({ user }) => user));
  const missing = wanted.filter(([user]) => !known.has(user));
  const made: StoredAccount[] = [];
  for (const [user, role] of missing) {
    const secret = await secretIn(password(user), generatePassword);
    made.push(await makeAccount({ user, role, password: secret }, DEFAULT_BASE));
  }
  if (made.length > 0) await changeAccountsFile(accounts, (before) => [...before, ...made]);
  return missing.map(([user]) => user);
}

/** The text of a file, or null when there is none. @throws NixwaveError file-unreadable */
export async function textIn(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new NixwaveError("file-unreadable", `${file}: ${(cause as Error).message}`, { cause });
  }
}
