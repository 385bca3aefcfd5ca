import {
  type Envelope,
  openUnverified,
  type TrustedKeys,
  type VerifiedPayload,
  verifyEnvelope,
} from "./dsse.ts";
import { ContractError } from "./nixwave-error.ts";
import { ORDER_FORMS, type OrderForm } from "./order-forms.ts";

/** What a host and a hub say they speak (DESIGN 5, "Versions meet"): `reported.wire`. */
export const WIRE_SPOKEN: readonly number[] = ORDER_FORMS.map(({ wire }) => wire);

const NEWEST = ORDER_FORMS.at(-1) as OrderForm;

/** The newest version that both know; null: nothing can be ordered. */
export const commonForm = (theirs: readonly number[]): OrderForm | null =>
  ORDER_FORMS.findLast(({ wire }) => theirs.includes(wire)) ?? null;

/** How another part's wire stands to ours: `apart` is what nothing can be ordered over. */
export type WireGap = "none" | "older" | "newer" | "apart";

export function wireGap(theirs: readonly number[]): WireGap {
  if (commonForm(theirs) === null) return "apart";
  const gap = Math.max(...theirs) - NEWEST.wire;
  if (gap === 0) return "none";
  return gap > 0 ? "newer" : "older";
}

/** Without a word of the other side's: what this program itself writes. */
export const ownForm = (): OrderForm => NEWEST;

const OF_SOME_VERSION = /^application\/vnd\.nixwave\.desired\.v(\d{1,9})\+json$/;

/**
 * Which version an order is written in, by its own word. What is no order at all is left to the envelope's check.
 * @throws ContractError wire-too-far where that version is none of ours
 */
export function formOf({ payloadType }: Pick<Envelope, "payloadType">): OrderForm {
  const form = ORDER_FORMS.find(({ type }) => type === payloadType);
  if (form) return form;
  const version = OF_SOME_VERSION.exec(payloadType)?.[1];
  if (version === undefined) return NEWEST;
  throw new ContractError(
    "wire-too-far",
    `an order in wire version ${version}; this program speaks ${WIRE_SPOKEN.join(" and ")}`,
  );
}

/** @throws ContractError wire-too-far | as verifyEnvelope */
export const verifyOrder = (envelope: Envelope, trusted: TrustedKeys): VerifiedPayload =>
  verifyEnvelope(envelope, formOf(envelope).type, trusted);

/** Without any claim about who made it. @throws ContractError wire-too-far | as openUnverified */
export const openOrder = (envelope: Envelope): Uint8Array =>
  openUnverified(envelope, formOf(envelope).type);
