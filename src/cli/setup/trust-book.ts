import {
  type EpochMs,
  instant,
  type KeyName,
  NixwaveError,
  parseKeyName,
  parseStrictJson,
} from "../../contract/index.ts";
import type { KeyRole } from "./home-places.ts";

/** In the order in which they are taken (docs/keys.md): every host trusts the new key, it signs, the old one is dropped. */
const STEPS = ["trust", "sign", "drop"] as const;
export type RotationStep = (typeof STEPS)[number];

/** From one key to another, under way. */
export interface Rotation {
  readonly from: KeyName;
  readonly step: RotationStep;
  /** The old key is in a stranger's hands: it is dropped at once, and the trust epoch is raised. */
  readonly stolen: boolean;
  /** When this step began: a release signed before cannot carry it. */
  readonly since: EpochMs;
}

/** The keys of one kind. During a rotation `active` and `spare` are the new ones. */
export interface KeyRing {
  readonly active: KeyName;
  readonly spare: KeyName;
  /** How many were ever made: the next one's number, less one. */
  readonly count: number;
  readonly rotation: Rotation | null;
}

/** Which keys the hosts of a home shall trust. */
export interface TrustBook {
  readonly v: 1;
  readonly epoch: number;
  readonly ci: KeyRing;
  readonly hub: KeyRing;
}

const MAX_BYTES = 64 * 1024;

const newRing = (role: KeyRole): KeyRing => ({
  active: parseKeyName(`${role}-1`),
  spare: parseKeyName(`${role}-2`),
  count: 2,
  rotation: null,
});

/** Two keys of each kind, so that losing one loses nothing (DESIGN 6). */
export const newBook = (): TrustBook => ({
  ...{ v: 1, epoch: 1 },
  ci: newRing("ci"),
  hub: newRing("hub"),
});

/** The keys that stand in the hosts' configuration. A stolen key stands in it no moment longer. */
export function trustedOf({ active, spare, rotation }: KeyRing): readonly KeyName[] {
  const isOldTrusted = rotation !== null && rotation.step !== "drop" && !rotation.stolen;
  return isOldTrusted ? [rotation.from, active, spare] : [active, spare];
}

export const formatBook = (book: TrustBook): string => `${JSON.stringify(book, null, 2)}\n`;

/** @throws NixwaveError not-json | duplicate-key | invalid-field | invalid-name | invalid-instant */
export function parseBook(text: string, where: string): TrustBook {
  const book = fieldsOf(parseStrictJson(Buffer.from(text), MAX_BYTES), where);
  if (book["v"] !== 1) throw wrong(where, "/v must be 1");
  return {
    v: 1,
    epoch: wholeOf(book["epoch"], `${where}: /epoch`),
    ci: parseRing(book["ci"], `${where}: /ci`),
    hub: parseRing(book["hub"], `${where}: /hub`),
  };
}

function parseRing(value: unknown, where: string): KeyRing {
  const { active, spare, count, rotation } = fieldsOf(value, where);
  return {
    active: nameOf(active, `${where}/active`),
    spare: nameOf(spare, `${where}/spare`),
    count: wholeOf(count, `${where}/count`),
    rotation: rotation === null ? null : parseRotation(rotation, `${where}/rotation`),
  };
}

function parseRotation(value: unknown, where: string): Rotation {
  const { from, step, stolen, since } = fieldsOf(value, where);
  const known = STEPS.find((one) => one === step);
  if (!known) throw wrong(where, `/step must be one of ${STEPS.join(", ")}`);
  if (typeof stolen !== "boolean") throw wrong(where, "/stolen must be true or false");
  return {
    ...{ from: nameOf(from, `${where}/from`), step: known, stolen },
    since: instant(wholeOf(since, `${where}/since`)),
  };
}

const wrong = (where: string, what: string): NixwaveError =>
  new NixwaveError("invalid-field", `${where}${what}`);

function fieldsOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw wrong(where, " must be an object");
}

function nameOf(value: unknown, where: string): KeyName {
  if (typeof value !== "string") throw wrong(where, " must be a text");
  return parseKeyName(value);
}

function wholeOf(value: unknown, where: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
  throw wrong(where, " must be a whole number from 1 on");
}
