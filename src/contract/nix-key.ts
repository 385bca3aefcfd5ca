import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import type { Brand } from "./brand.ts";
import { ContractError } from "./nixwave-error.ts";

/** The part of a key file before the colon; a label, never an identity. */
export type KeyName = Brand<string, "KeyName">;
/** Base64 of the 32 public bytes: what a key is. Thresholds count these, not names. */
export type KeyMaterial = Brand<string, "KeyMaterial">;

export interface PublicKey {
  readonly name: KeyName;
  readonly material: KeyMaterial;
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean;
  /** The same on Node's threads: for many at once, as fast as there are free cores. */
  readonly verifyAside: (message: Uint8Array, signature: Uint8Array) => Promise<boolean>;
}

export interface SecretKey {
  readonly name: KeyName;
  readonly publicKey: PublicKey;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** Nix puts no limit on key names; these are the characters that no file system, shell or header minds. */
const KEY_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const SEED_BYTES = 32;
// RFC 8410: the fixed DER prefixes of an Ed25519 private key seed (PKCS#8) and public key (SPKI).
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** @throws ContractError invalid-name */
export function parseKeyName(value: string): KeyName {
  if (!KEY_NAME.test(value)) {
    const shown = JSON.stringify(value.slice(0, 80));
    throw new ContractError(
      "invalid-name",
      `key name ${shown} is not 1 to 128 characters of A-Z, a-z, 0-9 and . _ -`,
    );
  }
  return value as KeyName;
}

/**
 * Reads a public key as Nix writes it: `name:base64 of 32 bytes`.
 * @throws ContractError invalid-key | invalid-name | invalid-base64
 */
export function parsePublicKey(line: string): PublicKey {
  const { name, bytes } = split(line, SEED_BYTES, "public key");
  return publicKey(name, bytes);
}

/**
 * Reads a secret key as Nix writes it: `name:base64 of 64 bytes`, the seed and then the public half.
 * @throws ContractError invalid-key | invalid-name | invalid-base64
 */
export function parseSecretKey(line: string): SecretKey {
  const { name, bytes } = split(line, 2 * SEED_BYTES, "secret key");
  const key = secretKeyFromSeed(name, bytes.subarray(0, SEED_BYTES));
  if (key.publicKey.material !== encodeBase64(bytes.subarray(SEED_BYTES))) {
    throw new ContractError(
      "invalid-key",
      `the two halves of secret key ${name} do not belong together`,
    );
  }
  return key;
}

/** @param seed 32 random bytes */
export function secretKeyFromSeed(name: KeyName, seed: Uint8Array): SecretKey {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(privateKey).export({ type: "spki", format: "der" });
  return {
    name,
    publicKey: publicKey(name, spki.subarray(SPKI_PREFIX.length)),
    sign: (message) => sign(null, message, privateKey),
  };
}

export const formatPublicKey = (key: PublicKey): string => `${key.name}:${key.material}`;

/** The secret file's content; without a line break at the end, as Nix writes it. */
export function formatSecretKey(name: KeyName, seed: Uint8Array): string {
  const { material } = secretKeyFromSeed(name, seed).publicKey;
  return `${name}:${encodeBase64(Buffer.concat([seed, Buffer.from(material, "base64")]))}`;
}

function publicKey(name: KeyName, bytes: Uint8Array): PublicKey {
  const key: KeyObject = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, bytes]),
    format: "der",
    type: "spki",
  });
  return {
    name,
    material: encodeBase64(bytes) as KeyMaterial,
    verify: (message, signature) => verify(null, message, key, signature),
    verifyAside: (message, signature) =>
      new Promise((resolve, reject) => {
        verify(null, message, key, signature, (error, isGood) => {
          if (error) reject(error);
          else resolve(isGood);
        });
      }),
  };
}

function split(line: string, size: number, what: string): { name: KeyName; bytes: Uint8Array } {
  const text = line.replace(/\r?\n$/, "");
  const colon = text.indexOf(":");
  if (colon < 1) throw new ContractError("invalid-key", `a ${what} has the form name:base64`);
  const name = parseKeyName(text.slice(0, colon));
  const bytes = decodeBase64(text.slice(colon + 1), `${what} ${name}`);
  if (bytes.byteLength !== size) {
    throw new ContractError(
      "invalid-key",
      `${what} ${name} has ${bytes.byteLength} bytes instead of ${size}`,
    );
  }
  return { name, bytes };
}
