import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import {
  NixwaveError,
  parseHostName,
  parseUserName,
  ROLES,
  type Role,
  type TopicBase,
} from "../contract/index.ts";
import { type Account, parseDeviceTopic } from "./access.ts";
import { hashPassword, isPassword, type PasswordHash, type ScryptCost } from "./password.ts";
import type { TopicFilter } from "./topic-filter.ts";

/** An account as it is stored: never the password itself. */
export interface StoredAccount extends Account {
  readonly password: PasswordHash;
}

/** Who may connect. */
export interface Accounts {
  readonly users: readonly string[];
  /** The account behind a client certificate's name, whose key has already been proved. */
  find(user: string): Account | undefined;
  /** Unknown users cost the same time as wrong passwords. */
  authenticate(user: string, password: Uint8Array): Promise<Account | undefined>;
}

/** What a person gives to make an account. */
export interface NewAccount {
  readonly user: string;
  readonly role: Role;
  readonly password: string;
  /** Topic filters outside the wire; see `Account.topics`. */
  readonly topics?: readonly string[];
}

/** Password checks at once: each takes a thread and 16 MiB for tens of milliseconds. */
const CHECKS_AT_ONCE = 2;

/**
 * @throws NixwaveError invalid-name | invalid-host-name for a user whose name its role cannot have,
 * account-exists when one user stands twice
 */
export function openAccounts(stored: readonly StoredAccount[]): Accounts {
  const byUser = new Map<string, StoredAccount>();
  for (const account of stored) {
    parseAccountName(account.user, account.role);
    if (byUser.has(account.user)) {
      throw new NixwaveError("account-exists", `the account ${account.user} stands twice`);
    }
    byUser.set(account.user, account);
  }
  const check = passwordChecker(stored[0]?.password);
  return {
    users: [...byUser.keys()],
    find: (user) => byUser.get(user),
    authenticate: async (user, password) => {
      const known = byUser.get(user);
      const isRight = await check(known?.password, password);
      return isRight ? known : undefined;
    },
  };
}

/**
 * Accounts in memory, for a demo or a test. `cost` below the default makes a weak file; it is never stored.
 * @throws NixwaveError as `openAccounts`, invalid-topic
 */
export async function makeAccounts(
  wanted: readonly NewAccount[],
  base: TopicBase,
  cost?: ScryptCost,
): Promise<Accounts> {
  return openAccounts(await Promise.all(wanted.map((one) => makeAccount(one, base, cost))));
}

/** @throws NixwaveError invalid-name | invalid-host-name | invalid-topic | password-invalid */
export async function makeAccount(
  { user, role, password, topics }: NewAccount,
  base: TopicBase,
  cost?: ScryptCost,
): Promise<StoredAccount> {
  parseAccountName(user, role);
  const bytes = Buffer.from(password, "utf8");
  // MQTT 3.1.1 section 3.1.3.5: a password is at most 65,535 bytes; nobody types more than a few dozen.
  if (bytes.byteLength === 0 || bytes.byteLength > 1024) {
    throw new NixwaveError(
      "password-invalid",
      `the password of ${user} has ${bytes.byteLength} bytes`,
    );
  }
  const plain = topics?.map((topic) => parseDeviceTopic(topic, base));
  return { user, role, password: await hashPassword(bytes, cost), ...(plain && { topics: plain }) };
}

/** A host's account is named like the host; all others like operators, because `<user>` is one level of a topic. */
export function parseAccountName(user: string, role: Role): string {
  return role === "host" ? parseHostName(user) : parseUserName(user);
}

/** @throws NixwaveError invalid-name */
export function parseRole(value: string): Role {
  const role = ROLES.find((one) => one === value);
  if (!role) {
    throw new NixwaveError(
      "invalid-name",
      `role ${JSON.stringify(value.slice(0, 40))} is not one of ${ROLES.join(", ")}`,
    );
  }
  return role;
}

/** The account of clients that give no user name: sensors, and whoever else is in the house. */
export const anonymousAccount = (topics: readonly TopicFilter[], mayPress: boolean): Account => ({
  user: "anonymous",
  role: "device",
  topics,
  mayPress,
});

/**
 * A device that loses its Wi-Fi every minute must not cost an scrypt every minute, so a password that
 * was right once is known again by a keyed digest whose key lives in this process only.
 */
function passwordChecker(example: PasswordHash | undefined) {
  const key = randomBytes(32);
  const right = new Map<PasswordHash, Uint8Array>();
  const inTurn = turnstile(CHECKS_AT_ONCE);
  const decoy = hashPassword(randomBytes(16), example?.scrypt);
  return async (stored: PasswordHash | undefined, password: Uint8Array): Promise<boolean> => {
    const digest = createHmac("sha256", key).update(password).digest();
    const known = stored && right.get(stored);
    if (known && timingSafeEqual(known, digest)) return true;
    const isRight = await inTurn(async () => isPassword(password, stored ?? (await decoy)));
    if (isRight && stored) right.set(stored, digest);
    return isRight && stored !== undefined;
  };
}

function turnstile(places: number) {
  let free = places;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
