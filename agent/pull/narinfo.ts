import {
  encodeNixBase32,
  isSignedByNix,
  type NarHash,
  NixwaveError,
  type PublicKey,
  parseStorePath,
  type StorePath,
} from "../../src/contract/index.ts";

/** What a binary cache says of one path (Nix, NarInfo). */
export interface Narinfo {
  readonly storePath: StorePath;
  /** As the signature covers it: "sha256:" and Nix's base-32. */
  readonly narHashBase32: string;
  readonly narSizeBytes: number;
  readonly references: readonly StorePath[];
  /** `name:base64` each. */
  readonly signatures: readonly string[];
}

const STORE = "/nix/store/";
const LINE = /^([A-Za-z]+): ?(.*)$/;
const BASE_32 = /^sha256:[0-9abcdfghijklmnpqrsvwxyz]{52}$/;
const HEX = /^sha256:[0-9a-f]{64}$/;

/**
 * @param text the body of HASH.narinfo
 * @throws NixwaveError closure-corrupt when it is no narinfo; the message names no cache
 */
export function parseNarinfo(text: string): Narinfo {
  const fields = fieldsOf(text);
  const one = (name: string): string => {
    const values = fields.get(name) ?? [];
    if (values.length !== 1) throw corrupt(`it has ${values.length} lines ${name}`);
    return values[0] ?? "";
  };
  const narSizeBytes = Number(one("NarSize"));
  if (!Number.isSafeInteger(narSizeBytes) || narSizeBytes <= 0) throw corrupt("NarSize is no size");
  const names = one("References")
    .split(" ")
    .filter((name) => name !== "");
  return {
    storePath: storePathOf(one("StorePath")),
    narHashBase32: base32Of(one("NarHash")),
    narSizeBytes,
    references: names.map((name) => referenceOf(name)),
    signatures: fields.get("Sig") ?? [],
  };
}

/** @returns whether one of `keys` signed exactly this; a signature that cannot be read is none */
export const isSigned = (info: Narinfo, keys: readonly PublicKey[]): boolean =>
  info.signatures.some((signature) => {
    try {
      return isSignedByNix(info, signature, keys);
    } catch {
      return false;
    }
  });

/** The names before the colons: what people compare with their own keys. */
export const signerNames = ({ signatures }: Narinfo): readonly string[] =>
  signatures.map((signature) => signature.split(":", 1)[0] ?? "");

/** A statement's narHash ("sha256-" and base64) in the form that Nix's signatures cover. */
export const narHashBase32 = (hash: NarHash): string =>
  `sha256:${encodeNixBase32(Buffer.from(hash.slice("sha256-".length), "base64"))}`;

function fieldsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const [, name, value] = LINE.exec(line.trimEnd()) ?? [];
    if (name === undefined || value === undefined) {
      throw corrupt(`a line reads ${JSON.stringify(line.slice(0, 60))}`);
    }
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  return fields;
}

const corrupt = (why: string): NixwaveError => new NixwaveError("closure-corrupt", why);

function storePathOf(value: string): StorePath {
  try {
    return parseStorePath(value);
  } catch {
    throw corrupt(`${JSON.stringify(value.slice(0, 80))} is no store path`);
  }
}

/** A reference may be a derivation, which the contract's store paths never are: kept for the signature only. */
const REFERENCE = /^[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;

function referenceOf(name: string): StorePath {
  if (!REFERENCE.test(name)) throw corrupt(`${JSON.stringify(name.slice(0, 80))} is no reference`);
  return `${STORE}${name}` as StorePath;
}

function base32Of(hash: string): string {
  if (BASE_32.test(hash)) return hash;
  if (!HEX.test(hash)) throw corrupt("NarHash is no SHA-256");
  return `sha256:${encodeNixBase32(Buffer.from(hash.slice("sha256:".length), "hex"))}`;
}
