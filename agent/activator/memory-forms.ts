import {
  type Journal,
  journalCodec,
  type Ratchet,
  ratchetCodec,
} from "../../src/contract/index.ts";

interface Codec<T> {
  /** @throws ContractError */
  parse(bytes: Uint8Array): T;
  encode(value: T): Uint8Array;
}

/** How journal and ratchet look on the disk in one version; both files carry it as `v`. */
export interface MemoryForm {
  readonly v: number;
  readonly journal: Codec<Journal>;
  readonly ratchet: Codec<Ratchet>;
}

/**
 * The forms that this program reads and writes, oldest first; the last one is its own. When a second form comes,
 * the first one stays here for one version more: an update runs on trial in the form that both programs know, and
 * goes back in it (docs/host.md, "One version up, one version down").
 */
export const MEMORY_FORMS: readonly MemoryForm[] = [
  { v: 1, journal: journalCodec, ratchet: ratchetCodec },
];

/** Of a system: the forms that its activator reads and writes. */
export interface FormRange {
  readonly from: number;
  readonly to: number;
}

/** @returns the newest form that all of them know, null when there is none */
export function commonForm(
  forms: readonly MemoryForm[],
  others: readonly FormRange[],
): number | null {
  const known = forms.filter(({ v }) => others.every(({ from, to }) => from <= v && v <= to));
  return known.at(-1)?.v ?? null;
}

export const rangeOf = (forms: readonly MemoryForm[]): FormRange => ({
  from: forms[0]?.v ?? 0,
  to: forms.at(-1)?.v ?? 0,
});
