import { NixwaveError } from "../../src/contract/index.ts";

/**
 * A token as it travels in a header (RFC 6750, "b64token", and what servers make of it); "" for none. `fetch` quotes
 * a header that it refuses, and its errors are for the log: a token that cannot travel is told from here, unquoted.
 * @throws NixwaveError invalid-field
 */
export function parseBearerToken(credential: string | undefined): string {
  const token = (credential ?? "").trim();
  if (/^[\x21-\x7e]*$/.test(token)) return token;
  throw new NixwaveError(
    "invalid-field",
    "a token has letters, digits and signs, no spaces and no line breaks: paste it again",
  );
}
