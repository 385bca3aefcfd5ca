import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

/** scrypt's cost: `N` is a power of two; one check needs 128 * N * r bytes. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export interface PasswordHash {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  readonly scrypt: ScryptCost;
}

/** OWASP's password storage sheet: one of its equal choices, the one with 16 MiB a check. */
export const SCRYPT_COST: ScryptCost = { N: 16_384, r: 8, p: 5 };
export const SALT_BYTES = 16;
export const HASH_BYTES = 32;

export async function hashPassword(
  password: Uint8Array,
  cost: ScryptCost = SCRYPT_COST,
): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  return { salt, hash: await derive(password, salt, cost), scrypt: cost };
}

/** Constant-time in the password. */
export async function isPassword(password: Uint8Array, stored: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, stored.salt, stored.scrypt), stored.hash);
}

/** 120 bits in groups that can be read out loud. */
export function generatePassword(): string {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  const text = Array.from(randomBytes(24), (byte) => letters[byte % letters.length]).join("");
  return text.replace(/(.{6})(?=.)/g, "$1-");
}

function derive(password: Uint8Array, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: 256 * cost.N * cost.r };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
