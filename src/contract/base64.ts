import { ContractError } from "./nixwave-error.ts";

const ALPHABET = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Canonical base64 only: standard alphabet, padded, no white space, unused bits zero. Several texts
 * for one signature would let a copy look new.
 * @throws ContractError invalid-base64
 */
export function decodeBase64(text: string, what: string): Uint8Array {
  const bytes = ALPHABET.test(text) ? Buffer.from(text, "base64") : undefined;
  if (bytes?.toString("base64") !== text) {
    throw new ContractError("invalid-base64", `${what} is not canonical base64`);
  }
  return bytes;
}

export const encodeBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
