import { decodeBase64 } from "./base64.ts";
import type { PublicKey } from "./nix-key.ts";
import { ContractError } from "./nixwave-error.ts";
import type { StorePath } from "./store-path.ts";

/** What a binary cache's signature covers (Nix, ValidPathInfo::fingerprint). */
export interface PathFingerprint {
  readonly storePath: StorePath;
  /** "sha256:" and 52 characters of Nix's base-32. */
  readonly narHashBase32: string;
  readonly narSizeBytes: number;
  readonly references: readonly StorePath[];
}

const SIGNATURE_BYTES = 64;
const NIX_BASE32 = "0123456789abcdfghijklmnpqrsvwxyz";

/** `1;path;hash;size;references`, the references sorted and joined by commas. */
export function fingerprint(info: PathFingerprint): string {
  const references = [...info.references].sort((a, b) => (a < b ? -1 : 1)).join(",");
  return `1;${info.storePath};${info.narHashBase32};${info.narSizeBytes};${references}`;
}

/**
 * Whether `signature` (`name:base64`) over `info` was made by one of `keys`. As in Nix, a signature
 * counts only under the name of the key that made it.
 * @throws ContractError invalid-key | invalid-base64
 */
export function isSignedByNix(
  info: PathFingerprint,
  signature: string,
  keys: readonly PublicKey[],
): boolean {
  const { name, bytes } = split(signature);
  const message = messageOf(info);
  return keys.some((key) => key.name === name && key.verify(message, bytes));
}

/**
 * Whether one of `signatures` over `info` was made by one of `keys`, on Node's threads. Of keys with one name only the
 * first counts, as in Nix.
 * @throws ContractError invalid-key | invalid-base64 where one of them cannot be read, whoever's it is: at one under the
 * name of a trusted key Nix gives up, whatever the others say
 */
export async function isSignedByNixAside(
  info: PathFingerprint,
  signatures: readonly string[],
  keys: readonly PublicKey[],
): Promise<boolean> {
  const message = messageOf(info);
  for (const { name, bytes } of signatures.map(splitWhole)) {
    const key = keys.find((one) => one.name === name);
    if (await key?.verifyAside(message, bytes)) return true;
  }
  return false;
}

const messageOf = (info: PathFingerprint): Uint8Array => Buffer.from(fingerprint(info), "utf8");

function split(signature: string): { readonly name: string; readonly bytes: Uint8Array } {
  const colon = signature.indexOf(":");
  if (colon < 1) throw new ContractError("invalid-key", "a Nix signature has the form name:base64");
  const bytes = decodeBase64(signature.slice(colon + 1), "a Nix signature");
  return { name: signature.slice(0, colon), bytes };
}

function splitWhole(signature: string): ReturnType<typeof split> {
  const parts = split(signature);
  if (parts.bytes.byteLength === SIGNATURE_BYTES) return parts;
  throw new ContractError("invalid-key", `a Nix signature has ${SIGNATURE_BYTES} bytes`);
}

/** Nix's base-32: least significant bits first, from the last character to the first, without e, o, t, u. */
export function encodeNixBase32(bytes: Uint8Array): string {
  let out = "";
  for (let index = Math.ceil((bytes.length * 8) / 5) - 1; index >= 0; index--) {
    const byte = (index * 5) >> 3;
    const shift = (index * 5) & 7;
    const wide = Number(bytes[byte]) | (Number(bytes[byte + 1] ?? 0) << 8);
    out += NIX_BASE32[(wide >> shift) & 31];
  }
  return out;
}
