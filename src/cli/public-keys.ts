import { NixwaveError, type PublicKey, parsePublicKey } from "../contract/index.ts";

const INLINE = /^[A-Za-z0-9][A-Za-z0-9._-]*:[A-Za-z0-9+/]+={0,2}$/;

/** Whether `text` is a key itself (`name:base64`) rather than the name of a file that holds one. */
export const isInlineKey = (text: string): boolean => INLINE.test(text);

/**
 * Public keys, one a line, as `nixwave keygen` and Nix write them; empty lines and `#` comments are skipped.
 * @throws NixwaveError invalid-key naming `where` and the line; a secret key is refused as such
 */
export function parsePublicKeys(text: string, where: string): readonly PublicKey[] {
  const keys = text.split(/\r?\n/).flatMap((line, index) => {
    const words = line.replace(/#.*$/, "").trim();
    return words === "" ? [] : [parseLine(words, `${where}, line ${index + 1}`)];
  });
  if (keys.length === 0) throw new NixwaveError("invalid-key", `${where} holds no key`);
  return keys;
}

function parseLine(line: string, where: string): PublicKey {
  // A secret key's base64 has 88 characters; somebody who pastes it here is about to publish it.
  if (/:[A-Za-z0-9+/]{80,}={0,2}$/.test(line)) {
    throw new NixwaveError(
      "invalid-key",
      `${where}: that looks like a secret key; give the public one`,
    );
  }
  try {
    return parsePublicKey(line);
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    throw new NixwaveError(error.code, `${where}: ${error.message}`, { cause: error });
  }
}
