import { type Order, order } from "./desired.ts";
import { SIGNED_MAX_BYTES } from "./dsse.ts";
import * as open from "./generated/open.js";
import * as strict from "./generated/strict.js";
import { ContractError } from "./nixwave-error.ts";
import { hostReport } from "./reported.ts";
import type { Schema } from "./schema.ts";
import { type Statement, statement } from "./statement.ts";
import { parseJson, parseStrictJson } from "./strict-json.ts";
import { systemMarker } from "./system-marker.ts";
import { hostRequest, inboxSession, trial } from "./trial.ts";
import { journal, ratchet } from "./trust.ts";
import { type Validator, validated } from "./validator.ts";

const encoder = new TextEncoder();

/**
 * @param bytes a verified statement's exact payload
 * @throws ContractError too-large | not-utf8 | not-json | duplicate-key | unsafe-number | invalid-field | min-serial-invalid
 */
export function parseStatement(bytes: Uint8Array): Statement {
  const value = validated(parseStrictJson(bytes, SIGNED_MAX_BYTES), strict.statement, statement);
  if (value.minSerial !== undefined && value.minSerial > value.serial) {
    throw new ContractError(
      "min-serial-invalid",
      `minSerial ${value.minSerial} lies above serial ${value.serial}`,
      { where: "/minSerial" },
    );
  }
  return value;
}

/**
 * @param bytes a verified order's exact payload
 * @throws ContractError too-large | not-utf8 | not-json | duplicate-key | unsafe-number | invalid-field
 */
export function parseOrder(bytes: Uint8Array): Order {
  return validated(parseStrictJson(bytes, SIGNED_MAX_BYTES), strict.order, order);
}

/** The exact bytes to sign; parsed once more, so that nothing is signed that a host would refuse. */
export const encodeStatement = (value: Statement): Uint8Array => checked(value, parseStatement);

/** The exact bytes to sign; parsed once more, so that nothing is signed that a host would refuse. */
export const encodeOrder = (value: Order): Uint8Array => checked(value, parseOrder);

/** A codec for a payload that is not signed as a whole. */
export const openCodec =
  <T>(validator: Validator, schema: Schema<T>) =>
  (maxBytes: number) => {
    const parse = (bytes: Uint8Array): T =>
      validated(parseJson(bytes, maxBytes), validator, schema);
    return { parse, encode: (value: T): Uint8Array => checked(value, parse) };
  };

/** A host's own memory, as bytes of a file. */
export const ratchetCodec = strictCodec(strict.ratchet, ratchet, 4 * 1024);
/** A host's own memory, as bytes of a file. */
export const journalCodec = strictCodec(strict.journal, journal, 1024 * 1024);
/** What root asks on the host itself. */
export const hostRequestCodec = strictCodec(strict.hostRequest, hostRequest, 512 * 1024);
/** Frozen: what it does not know it drops. */
export const trialCodec = openCodec(open.trial, trial)(4 * 1024);
export const inboxSessionCodec = openCodec(open.inboxSession, inboxSession)(1024);
export const hostReportCodec = openCodec(open.hostReport, hostReport)(16 * 1024);
/** A file of a NixOS system; a newer system may say more. */
export const systemMarkerCodec = openCodec(open.systemMarker, systemMarker)(16 * 1024);

function strictCodec<T>(validator: Validator, schema: Schema<T>, maxBytes: number) {
  const parse = (bytes: Uint8Array): T =>
    validated(parseStrictJson(bytes, maxBytes), validator, schema);
  return { parse, encode: (value: T): Uint8Array => checked(value, parse) };
}

function checked<T>(value: T, parse: (bytes: Uint8Array) => T): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(value));
  parse(bytes);
  return bytes;
}
