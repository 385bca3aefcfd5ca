import { createHash } from "node:crypto";
import {
  type ClockReading,
  type Counter,
  DESIRED_TYPE,
  type Digest,
  type DurationMs,
  digestOf,
  type Envelope,
  type EpochMs,
  encodeOrder,
  encodePayload,
  encodeStatement,
  type HostTrust,
  instant,
  type Journal,
  type NarHash,
  type Order,
  type PayloadType,
  parseChannel,
  parseFleetName,
  parseHostName,
  parseKeyName,
  parseNarHash,
  parseRolloutId,
  parseSessionId,
  parseStorePath,
  parseSystemType,
  type Reported,
  type RolloutId,
  type SecretKey,
  type Serial,
  type SessionId,
  STATEMENT_TYPE,
  type Statement,
  type StorePath,
  secretKeyFromSeed,
  signEnvelope,
  type TrustedKeys,
} from "../../src/contract/index.ts";

/** 14 July 2026, 12:00 UTC: "now" wherever a test does not choose. */
export const NOON = instant(1_784_030_400_000);
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export const FLEET = parseFleetName("github:someone/homelab");
export const HOST = parseHostName("rp4");
export const CHANNEL = parseChannel("main");
export const SYSTEM = parseSystemType("aarch64-linux");
export const HUB: SessionId = parseSessionId("11111111-1111-4111-8111-111111111111");
export const ROLLOUT: RolloutId = parseRolloutId("r-1");

export const at = (offsetMs: number): EpochMs => instant(NOON + offsetMs);
export const serialAt = (offsetMs: number): Serial => (NOON + offsetMs) as Serial;
export const lasting = (ms: number): DurationMs => ms as DurationMs;
export const counting = (count: number): Counter => count as Counter;
export const clockAt = (offsetMs: number, synchronised = true): ClockReading => ({
  now: at(offsetMs),
  synchronised,
});

/** The same key for the same label, so that failures repeat. */
export function keyFrom(label: string): SecretKey {
  const seed = createHash("sha256").update(`key ${label}`).digest();
  return secretKeyFromSeed(parseKeyName(label), seed);
}
export const CI_KEY = keyFrom("ci-1");
export const HUB_KEY = keyFrom("hub-1");

export const trusting = (threshold: number, ...keys: readonly SecretKey[]): TrustedKeys => ({
  keys: keys.map((key) => key.publicKey),
  threshold,
});

const STORE_ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";

/** A well-formed store path, another one for another label. */
export function pathFor(label: string): StorePath {
  const bytes = createHash("sha256").update(`path ${label}`).digest();
  const hash = [...bytes].map((byte) => STORE_ALPHABET[byte & 31]).join("");
  return parseStorePath(`/nix/store/${hash}-nixos-system-rp4-26.05`);
}

export const narHashFor = (label: string): NarHash =>
  parseNarHash(`sha256-${createHash("sha256").update(`nar ${label}`).digest("base64")}`);

/** What CI says of rp4; `closure` makes path and NAR hash. */
export function statementOf(closure: string, differences: Partial<Statement> = {}): Statement {
  return {
    v: 1,
    fleet: FLEET,
    host: HOST,
    channel: CHANNEL,
    system: SYSTEM,
    storePath: pathFor(closure),
    narHash: narHashFor(closure),
    serial: serialAt(0),
    issued: NOON,
    expires: at(90 * DAY_MS),
    title: "nixpkgs bump",
    ...differences,
  };
}

/** What the hub orders of rp4: a trial of the statement with `statement` as digest. */
export function orderOf(statement: Digest, differences: Partial<Order> = {}): Order {
  return {
    v: 1,
    fleet: FLEET,
    host: HOST,
    hub: HUB,
    counter: counting(NOON),
    rollout: ROLLOUT,
    attempt: 1,
    goal: "trial",
    lease: lasting(10 * MINUTE_MS),
    issued: NOON,
    notAfter: at(15 * MINUTE_MS),
    statement,
    ...differences,
  };
}

/** A payload sealed by its maker, with the digest that others name it by. */
export interface Sealed {
  readonly envelope: Envelope;
  readonly digest: Digest;
}

/** Seals any bytes at all, also such as no honest signer would sign. */
export function seal(
  type: PayloadType,
  bytes: Uint8Array,
  keys: readonly SecretKey[],
): Sealed & { readonly bytes: Uint8Array } {
  return { envelope: signEnvelope(type, bytes, keys), digest: digestOf(bytes), bytes };
}

export interface SealedStatement extends Sealed {
  readonly statement: Statement;
}

export function sealStatement(
  statement: Statement,
  ...keys: readonly SecretKey[]
): SealedStatement {
  const signers = keys.length > 0 ? keys : [CI_KEY];
  return { statement, ...seal(STATEMENT_TYPE, encodeStatement(statement), signers) };
}

export function sealOrder(order: Order, ...keys: readonly SecretKey[]): Sealed {
  return seal(DESIRED_TYPE, encodeOrder(order), keys.length > 0 ? keys : [HUB_KEY]);
}

export const desiredBytes = (order: Sealed, statement: Sealed): Uint8Array =>
  encodePayload("desired", { v: 1, order: order.envelope, statement: statement.envelope });

/** The bytes of `desired` for one order of one statement, both signed as they should be. */
export const ordered = (statement: SealedStatement, differences: Partial<Order> = {}): Uint8Array =>
  desiredBytes(sealOrder(orderOf(statement.digest, differences)), statement);

/** What CI signs on a day: under that day's serial, good for 90 days. */
export const releasedOn = (
  day: number,
  closure: string,
  differences: Partial<Statement> = {},
): SealedStatement =>
  sealStatement(
    statementOf(closure, {
      serial: serialAt(day * DAY_MS),
      issued: at(day * DAY_MS),
      expires: at((day + 90) * DAY_MS),
      ...differences,
    }),
  );

export function trustOf(differences: Partial<HostTrust> = {}): HostTrust {
  return {
    fleet: FLEET,
    host: HOST,
    channel: CHANNEL,
    system: SYSTEM,
    releaseKeys: trusting(1, CI_KEY),
    hubKeys: trusting(1, HUB_KEY),
    epoch: 1,
    serialFloor: 0,
    rollbackWindow: lasting(30 * DAY_MS),
    ...differences,
  };
}

export const EMPTY_JOURNAL: Journal = {
  v: 1,
  open: null,
  closed: [],
  committed: [],
  quarantined: [],
};

/** What rp4 reports at rest, having kept `closure`. */
export function reportedOf(closure: string, differences: Partial<Reported> = {}): Reported {
  const path = pathFor(closure);
  return {
    v: 1,
    wire: [1],
    host: HOST,
    seq: 1,
    session: parseSessionId("22222222-2222-4222-8222-222222222222"),
    bootId: parseSessionId("33333333-3333-4333-8333-333333333333"),
    current: path,
    booted: path,
    profile: path,
    phase: "idle",
    rollout: null,
    attempt: null,
    counter: NOON,
    target: null,
    outcome: null,
    refusal: null,
    serial: NOON,
    floor: NOON,
    rebootRequired: false,
    clock: "synchronised",
    freeBytes: 1_000_000_000,
    agent: "0.1.0",
    at: NOON,
    ...differences,
  };
}

export const utf8 = (text: string): Uint8Array => Buffer.from(text, "utf8");
