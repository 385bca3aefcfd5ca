import { ContractError, parseJson } from "../../contract/index.ts";
import type { Reading } from "../reading.ts";
import type { Json } from "./leaves.ts";

/** A sensor's message is a few hundred bytes, a whole Shelly status some KiB; Prometheus answers are larger. */
const MAX_BYTES = 1024 * 1024;
/** JSON.parse accepts any depth; what walks the value afterwards would run out of stack. */
const MAX_DEPTH = 32;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** What a decoder is given, and what it makes of it. */
export interface Payload {
  readonly topic: string;
  readonly bytes: Uint8Array;
  readonly path: string;
}
export interface Decoding {
  readonly readings: readonly Reading[];
  readonly partial: boolean;
}

export const whole = (...readings: readonly Reading[]): Decoding => ({ readings, partial: false });
export const changes = (...readings: readonly Reading[]): Decoding => ({ readings, partial: true });

/** The part of a topic behind its last slash. */
export const lastLevel = (topic: string): string => topic.slice(topic.lastIndexOf("/") + 1);

/** @throws ContractError too-large | not-utf8 | not-json | reading-malformed */
export function jsonOf({ bytes }: Payload): Json {
  const json = parseJson(bytes, MAX_BYTES) as Json;
  let level: readonly Json[] = [json];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw new ContractError("reading-malformed", "nested too deeply");
    level = level.flatMap((value) =>
      typeof value === "object" && value !== null ? (Object.values(value) as Json[]) : [],
    );
  }
  return json;
}

/** @throws ContractError too-large | not-utf8 */
export function textOf({ bytes }: Payload): string {
  if (bytes.byteLength > MAX_BYTES) {
    throw new ContractError("too-large", `${bytes.byteLength} bytes, the limit is ${MAX_BYTES}`);
  }
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new ContractError("not-utf8", "the bytes are not UTF-8", { cause });
  }
}
