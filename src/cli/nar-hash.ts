import { ContractError, encodeNixBase32, type NarHash, parseNarHash } from "../contract/index.ts";

const SHA256_BYTES = 32;
const NIX_BASE32 = "0123456789abcdfghijklmnpqrsvwxyz";

/**
 * A SHA-256 in any form that some Nix prints: `sha256-<base64>` (SRI), `sha256:<base-16|base-32|base64>`.
 * Nix 2.8 prints SRI, but base-32 for paths that came from some caches; forms are told apart by length.
 * @throws ContractError invalid-name
 */
export function narHashOf(text: string): NarHash {
  const found = /^sha256([:-])([0-9A-Za-z+/]{43,64}=?)$/.exec(text);
  const digits = found?.[2] ?? "";
  if (found?.[1] === "-") return parseNarHash(text);
  return sri(decode(digits), text);
}

/** The structured form of `nix path-info --json-format 2`: `{algorithm, format, hash}`. */
export function narHashOfParts(parts: Readonly<Record<string, unknown>>): NarHash {
  const { algorithm, hash } = parts;
  if (algorithm !== "sha256" || typeof hash !== "string") throw refused(JSON.stringify(parts));
  return sri(decode(hash), hash);
}

function decode(digits: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/.test(digits)) return Buffer.from(digits, "hex");
  if (/^[0-9a-z]{52}$/.test(digits)) return decodeNixBase32(digits);
  if (/^[A-Za-z0-9+/]{43}=$/.test(digits)) return Buffer.from(digits, "base64");
  return undefined;
}

function sri(bytes: Uint8Array | undefined, text: string): NarHash {
  if (bytes?.byteLength !== SHA256_BYTES) throw refused(text);
  return parseNarHash(`sha256-${Buffer.from(bytes).toString("base64")}`);
}

/** @returns undefined unless `digits` is exactly what Nix would print for those bytes */
function decodeNixBase32(digits: string): Uint8Array | undefined {
  let value = 0n;
  for (const digit of digits) {
    const index = NIX_BASE32.indexOf(digit);
    if (index < 0) return undefined;
    value = value * 32n + BigInt(index);
  }
  const bytes = new Uint8Array(SHA256_BYTES);
  for (let at = 0; at < SHA256_BYTES; at++, value >>= 8n) bytes[at] = Number(value & 255n);
  return encodeNixBase32(bytes) === digits ? bytes : undefined;
}

const refused = (text: string): ContractError =>
  new ContractError(
    "invalid-name",
    `NAR hash ${JSON.stringify(text.slice(0, 120))} is not SHA-256`,
  );
