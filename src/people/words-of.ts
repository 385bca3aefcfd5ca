import { readable } from "./readable.ts";
import { CATALOGUES, type Language, say, type TextKey } from "./say.ts";

const MAX_UNKNOWN_WORD = 32;

type Group =
  | "phase"
  | "completion"
  | "pause"
  | "host"
  | "measurement"
  | "verdict"
  | "status"
  | "status.pause"
  | "status.host"
  | "next"
  | "ask";

const isKey = (key: string): key is TextKey => Object.hasOwn(CATALOGUES.en, key);

/** Words for a state that came over the wire; a newer hub may know states that this program does not. */
export function wordFor(group: Group, word: string, language: Language): string {
  const key = `${group}.${word}`;
  if (isKey(key)) return CATALOGUES[language][key];
  return say(language, "word.unknown", { word: readable(word, MAX_UNKNOWN_WORD) });
}

/** What an error code means, for somebody who never saw one; a code without words is named. */
export function errorWords(code: string, language: Language): string {
  const key = `error.${code}`;
  if (isKey(key) && key !== "error.other") return CATALOGUES[language][key];
  return say(language, "error.other", { code: readable(code, MAX_UNKNOWN_WORD) });
}
