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
  const colon = signature.indexOf(":");
  if (colon < 1) throw new ContractError("invalid-key", "a Nix signature has the form name:base64");
  const bytes = decodeBase64(signature.slice(colon + 1), "a Nix signature");
  const message = Buffer.from(fingerprint(info), "utf8");
  return keys.some((key) => key.name === signature.slice(0, colon) && key.verify(message, bytes));
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
