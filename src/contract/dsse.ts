import { createHash } from "node:crypto";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import type { Digest } from "./names.ts";
import type { KeyMaterial, PublicKey, SecretKey } from "./nix-key.ts";
import { ContractError } from "./nixwave-error.ts";
import { list, object, type Parsed, type Schema, text } from "./schema.ts";

/** What the signed bytes are; part of what is signed, so that an order can never pass as a statement. */
export type PayloadType =
  | "application/vnd.nixwave.statement.v1+json"
  | `application/vnd.nixwave.desired.v${number}+json`;

/** A signed payload is a few hundred bytes; more than this is refused before a signature is looked at. */
export const SIGNED_MAX_BYTES = 8 * 1024;
const SIGNED_MAX_BASE64 = 4 * Math.ceil(SIGNED_MAX_BYTES / 3);
const SIGNATURE_BYTES = 64;
const base64Text: Schema<string> = text(/^[A-Za-z0-9+/]+={0,2}$/, "base64");

/** DSSE v1 (secure-systems-lab/dsse, envelope.md): the payload is the exact bytes that were signed. */
export const envelope = object({
  payloadType: text(/^[\x20-\x7e]{1,128}$/, "a media type"),
  payload: base64Text,
  signatures: list(
    object(
      { sig: text(/^[A-Za-z0-9+/]{86}==$/, "base64 of 64 bytes") },
      { keyid: text(/^[\x20-\x7e]{0,128}$/, "at most 128 printable characters") },
    ),
    1,
    8,
  ),
});
export type Envelope = Parsed<typeof envelope>;

export interface TrustedKeys {
  readonly keys: readonly PublicKey[];
  /** How many distinct keys must have signed, 1 or more. */
  readonly threshold: number;
}

export interface VerifiedPayload {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly signedBy: readonly PublicKey[];
}

/** DSSE's pre-authentication encoding: "DSSEv1" SP len(type) SP type SP len(body) SP body. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, "utf8");
  const head = `DSSEv1 ${type.byteLength} ${payloadType} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head, "utf8"), payload]);
}

export function signEnvelope(
  payloadType: PayloadType,
  payload: Uint8Array,
  keys: readonly SecretKey[],
): Envelope {
  const message = preAuthEncoding(payloadType, payload);
  return {
    payloadType,
    payload: encodeBase64(payload),
    signatures: keys.map((key) => ({ keyid: key.name, sig: encodeBase64(key.sign(message)) })),
  };
}

/**
 * The payload's exact bytes, if at least `threshold` keys of distinct material signed them as `payloadType`.
 * The keyid is a hint that nobody signed, so every trusted key is tried.
 * @throws ContractError too-large | invalid-envelope | invalid-base64 | signature-invalid
 */
export function verifyEnvelope(
  sealed: Envelope,
  payloadType: PayloadType,
  trusted: TrustedKeys,
): VerifiedPayload {
  const bytes = openUnverified(sealed, payloadType);
  const message = preAuthEncoding(payloadType, bytes);
  const signers = new Map<KeyMaterial, PublicKey>();
  for (const { sig, keyid } of sealed.signatures) {
    const signature = decodeSignature(sig);
    const signer = likeliestFirst(trusted.keys, keyid).find(
      (key) => !signers.has(key.material) && key.verify(message, signature),
    );
    if (signer) signers.set(signer.material, signer);
  }
  // Asked this way round, a threshold that is not a number accepts nothing.
  if (!(signers.size >= Math.max(1, trusted.threshold))) {
    throw new ContractError("signature-invalid", explainSigners(sealed, signers.size, trusted));
  }
  return { bytes, digest: digestOf(bytes), signedBy: [...signers.values()] };
}

/**
 * The payload without any claim about who made it: for showing, never for acting.
 * @throws ContractError too-large | invalid-envelope | invalid-base64
 */
export function openUnverified(sealed: Envelope, payloadType: PayloadType): Uint8Array {
  if (sealed.payloadType !== payloadType) {
    throw new ContractError(
      "invalid-envelope",
      `payload type ${JSON.stringify(sealed.payloadType)} instead of ${payloadType}`,
    );
  }
  if (sealed.payload.length > SIGNED_MAX_BASE64) {
    throw new ContractError("too-large", `a signed payload above ${SIGNED_MAX_BYTES} bytes`);
  }
  return decodeBase64(sealed.payload, "the payload");
}

export const digestOf = (bytes: Uint8Array): Digest =>
  createHash("sha256").update(bytes).digest("hex") as Digest;

function likeliestFirst(
  keys: readonly PublicKey[],
  keyid: string | undefined,
): readonly PublicKey[] {
  const named = keys.filter((key) => key.name === keyid);
  return [...named, ...keys.filter((key) => key.name !== keyid)];
}

function decodeSignature(sig: string): Uint8Array {
  const bytes = decodeBase64(sig, "a signature");
  if (bytes.byteLength !== SIGNATURE_BYTES) {
    throw new ContractError(
      "invalid-envelope",
      `a signature has ${bytes.byteLength} bytes instead of 64`,
    );
  }
  return bytes;
}

function explainSigners(sealed: Envelope, found: number, trusted: TrustedKeys): string {
  const claimed = sealed.signatures.map((one) => one.keyid ?? "unnamed").join(", ");
  const names = trusted.keys.map((key) => key.name).join(", ") || "none";
  return `${found} of ${trusted.threshold} needed signatures are valid; signed as ${claimed}, trusted are ${names}`;
}
