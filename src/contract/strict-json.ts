import { ContractError } from "./nixwave-error.ts";

/** Deeper nesting than any payload needs; bounds the scanner's work. */
const MAX_DEPTH = 32;
const TOKEN = /[{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/gu;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * @param maxBytes size limit, checked before anything is decoded
 * @throws ContractError too-large | not-utf8 | not-json
 */
export function parseJson(bytes: Uint8Array, maxBytes: number): unknown {
  return parseText(decode(bytes, maxBytes));
}

/**
 * JSON for signed payloads, where two readers must never understand two things: JSON.parse keeps the
 * last of two equal keys and rounds 2^53 + 1 silently, so both are refused, as are fractions.
 * @throws ContractError too-large | not-utf8 | not-json | duplicate-key | unsafe-number
 */
export function parseStrictJson(bytes: Uint8Array, maxBytes: number): unknown {
  const text = decode(bytes, maxBytes);
  const value = parseText(text);
  refuseAmbiguity(text);
  return value;
}

function decode(bytes: Uint8Array, maxBytes: number): string {
  if (bytes.byteLength > maxBytes) {
    throw new ContractError("too-large", `${bytes.byteLength} bytes, the limit is ${maxBytes}`);
  }
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ContractError("not-utf8", "the bytes are not UTF-8", { cause });
  }
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContractError("not-json", "the text is not JSON", { cause });
  }
}

/** Walks the tokens of a text that JSON.parse has accepted. */
function refuseAmbiguity(text: string): void {
  const open: (Set<string> | null)[] = [];
  let keyNext = false;
  for (const [token] of text.matchAll(TOKEN)) {
    switch (token[0]) {
      case "{":
      case "[":
        open.push(token === "{" ? new Set() : null);
        keyNext = token === "{";
        break;
      case "}":
      case "]":
        open.pop();
        keyNext = false;
        break;
      case ",":
        keyNext = open.at(-1) !== null;
        break;
      case '"':
        if (keyNext) refuseRepeatedKey(open.at(-1), token);
        keyNext = false;
        break;
      case ":":
      case "t":
      case "f":
      case "n":
        break;
      default:
        refuseUnsafeNumber(token);
    }
    if (open.length > MAX_DEPTH) throw new ContractError("not-json", "nested too deeply");
  }
}

function refuseRepeatedKey(seen: Set<string> | null | undefined, token: string): void {
  const key = token.includes("\\") ? (JSON.parse(token) as string) : token.slice(1, -1);
  if (seen?.has(key)) {
    throw new ContractError(
      "duplicate-key",
      `the key ${JSON.stringify(key.slice(0, 80))} stands twice`,
    );
  }
  seen?.add(key);
}

function refuseUnsafeNumber(token: string): void {
  if (!INTEGER.test(token) || !Number.isSafeInteger(Number(token)) || token === "-0") {
    throw new ContractError("unsafe-number", `${token.slice(0, 40)} is not a safe integer`);
  }
}
