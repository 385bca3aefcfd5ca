import { ContractError, decodeBase64, encodeBase64 } from "../contract/index.ts";
import { parseAccountName, parseRole, type StoredAccount } from "./accounts.ts";
import { HASH_BYTES, type PasswordHash, SALT_BYTES, type ScryptCost } from "./password.ts";
import { parseTopicFilter } from "./topic-filter.ts";

/** The form of the accounts file. */
const VERSION = 1;
const MAX_ACCOUNTS = 10_000;

/** Fields by name, each taken once; what is left over is unknown. */
type Fields = Map<string, unknown>;

/**
 * @param value what the file's JSON says; duplicate keys are already refused
 * @throws ContractError invalid-field | invalid-name | invalid-host-name | invalid-topic | invalid-base64
 */
export function parseAccounts(value: unknown): readonly StoredAccount[] {
  const file = fieldsOf(value, "");
  if (take(file, "v", "") !== VERSION) throw wrong("/v", `must be ${VERSION}`);
  const accounts = listOf(take(file, "accounts", ""), "/accounts", MAX_ACCOUNTS);
  refuseRest(file, "");
  return accounts.map((account, index) => parseAccount(account, `/accounts/${index}`));
}

export function formatAccounts(accounts: readonly StoredAccount[]): string {
  const listed = accounts.map(({ user, role, topics, password }) => ({
    user,
    role,
    ...(topics && { topics }),
    salt: encodeBase64(password.salt),
    hash: encodeBase64(password.hash),
    scrypt: password.scrypt,
  }));
  return `${JSON.stringify({ v: VERSION, accounts: listed }, null, 2)}\n`;
}

function parseAccount(value: unknown, at: string): StoredAccount {
  const fields = fieldsOf(value, at);
  const role = parseRole(textOf(take(fields, "role", at), `${at}/role`));
  const user = parseAccountName(textOf(take(fields, "user", at), `${at}/user`), role);
  const password: PasswordHash = {
    salt: bytesOf(take(fields, "salt", at), `${at}/salt`, SALT_BYTES),
    hash: bytesOf(take(fields, "hash", at), `${at}/hash`, HASH_BYTES),
    scrypt: parseCost(take(fields, "scrypt", at), `${at}/scrypt`),
  };
  const topics = fields.has("topics")
    ? listOf(take(fields, "topics", at), `${at}/topics`, 1000).map((topic) =>
        parseTopicFilter(textOf(topic, `${at}/topics`)),
      )
    : undefined;
  refuseRest(fields, at);
  return { user, role, password, ...(topics && { topics }) };
}

/** Bounds keep one account from costing a gigabyte, and a typing slip from making passwords cheap. */
function parseCost(value: unknown, at: string): ScryptCost {
  const fields = fieldsOf(value, at);
  const N = integerOf(take(fields, "N", at), `${at}/N`, 1024, 1_048_576);
  if (!Number.isInteger(Math.log2(N))) throw wrong(`${at}/N`, "must be a power of two");
  const r = integerOf(take(fields, "r", at), `${at}/r`, 1, 32);
  const p = integerOf(take(fields, "p", at), `${at}/p`, 1, 16);
  refuseRest(fields, at);
  return { N, r, p };
}

const wrong = (at: string, what: string): ContractError =>
  new ContractError("invalid-field", `${at || "/"} ${what}`, { where: at || "/" });

function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(at, "must be an object");
  }
  return new Map(Object.entries(value));
}

function take(fields: Fields, name: string, at: string): unknown {
  if (!fields.has(name)) throw wrong(`${at}/${name}`, "is missing");
  const value = fields.get(name);
  fields.delete(name);
  return value;
}

function refuseRest(fields: Fields, at: string): void {
  for (const name of fields.keys()) throw wrong(`${at}/${name.slice(0, 80)}`, "is not known here");
}

function textOf(value: unknown, at: string): string {
  if (typeof value !== "string") throw wrong(at, "must be a text");
  return value;
}

function listOf(value: unknown, at: string, maxItems: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > maxItems) {
    throw wrong(at, `must be a list of at most ${maxItems}`);
  }
  return value;
}

function integerOf(value: unknown, at: string, minimum: number, maximum: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < minimum || value > maximum) {
    throw wrong(at, `must be an integer from ${minimum} to ${maximum}`);
  }
  return value;
}

function bytesOf(value: unknown, at: string, length: number): Uint8Array {
  const bytes = decodeBase64(textOf(value, at), at);
  if (bytes.byteLength !== length) throw wrong(at, `must be ${length} bytes in base64`);
  return bytes;
}
