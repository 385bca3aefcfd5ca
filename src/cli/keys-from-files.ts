import {
  NixwaveError,
  type PublicKey,
  parsePublicKey,
  parseSecretKey,
  type SecretKey,
} from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";
import { readInput, readSecretFile } from "./files.ts";
import { isInlineKey, parsePublicKeys } from "./public-keys.ts";

const PUBLIC_FILE_MAX_BYTES = 64 * 1024;
/** A DSSE envelope of the contract holds at most this many signatures. */
const MAX_SIGNERS = 8;

/**
 * The keys to sign with: the files given, else NIXWAVE_SIGNING_KEY, else the file NIXWAVE_SIGNING_KEY_FILE names.
 * @throws NixwaveError signing-key-missing | secret-exposed | file-unreadable | invalid-key | wrong-usage
 */
export async function readSigningKeys(
  io: CommandIo,
  files: readonly string[],
): Promise<readonly SecretKey[]> {
  const texts = await secretTexts(io, files);
  const keys = texts.map(({ text, where }) => parseSecret(text, where));
  const materials = new Set(keys.map((key) => key.publicKey.material));
  if (materials.size < keys.length) {
    throw new NixwaveError("wrong-usage", "one signing key is given twice; it would count once");
  }
  if (keys.length > MAX_SIGNERS) {
    throw new NixwaveError("wrong-usage", `${keys.length} keys, a statement holds ${MAX_SIGNERS}`);
  }
  return keys;
}

/**
 * Public keys, each given as a file (one key a line) or as `name:base64` itself.
 * @throws NixwaveError file-unreadable | invalid-key | invalid-base64 | invalid-name
 */
export async function readPublicKeys(
  io: CommandIo,
  given: readonly string[],
): Promise<readonly PublicKey[]> {
  const lists = await Promise.all(
    given.map(async (text) => {
      if (isInlineKey(text)) return [parsePublicKey(text)];
      const bytes = await readInput(io, text, PUBLIC_FILE_MAX_BYTES);
      return parsePublicKeys(bytes.toString("utf8"), text);
    }),
  );
  return lists.flat();
}

interface SecretText {
  readonly text: string;
  readonly where: string;
}

async function secretTexts(
  io: CommandIo,
  files: readonly string[],
): Promise<readonly SecretText[]> {
  const { NIXWAVE_SIGNING_KEY: inline, NIXWAVE_SIGNING_KEY_FILE: named } = io.env;
  if (files.length > 0) {
    return await Promise.all(
      files.map(async (where) => ({ where, text: await readSecretFile(io, where) })),
    );
  }
  if (inline && named) {
    throw new NixwaveError(
      "wrong-usage",
      "NIXWAVE_SIGNING_KEY and NIXWAVE_SIGNING_KEY_FILE are both set; unset one",
    );
  }
  if (inline) return [{ where: "NIXWAVE_SIGNING_KEY", text: inline.trim() }];
  if (named) return [{ where: named, text: await readSecretFile(io, named) }];
  throw new NixwaveError("signing-key-missing", "there is no key to sign with");
}

/** The message never repeats the text: it may be most of a secret. */
function parseSecret(text: string, where: string): SecretKey {
  try {
    return parseSecretKey(text);
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    throw new NixwaveError(
      "invalid-key",
      `${where} does not hold a secret key (name:base64 of 64 bytes)`,
    );
  }
}
