import { fill, type Values } from "./template.ts";
import { deErrors } from "./words/de-errors.ts";
import { deNotices } from "./words/de-notices.ts";
import { dePhone } from "./words/de-phone.ts";
import { deStates } from "./words/de-states.ts";
import { enErrors } from "./words/en-errors.ts";
import { enNotices } from "./words/en-notices.ts";
import { enPhone } from "./words/en-phone.ts";
import { enStates } from "./words/en-states.ts";

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

const EN = { ...enStates, ...enNotices, ...enPhone, ...enErrors };
const DE = { ...deStates, ...deNotices, ...dePhone, ...deErrors };

type English = typeof EN;
export type TextKey = keyof English;

/** Every text of every language, for those who look at all of them. */
export const CATALOGUES: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = {
  en: EN,
  de: DE,
};

type Told<Key extends TextKey> = keyof Values<English[Key]> extends never
  ? []
  : [values: Values<English[Key]>];

/** The text `key` in one language, with its values in their places; values stand as they are given. */
export const say = <Key extends TextKey>(
  language: Language,
  key: Key,
  ...[values]: Told<Key>
): string => fill(CATALOGUES[language][key], values ?? {});
