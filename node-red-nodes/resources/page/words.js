// The page's own labels, in the languages that a fleet may speak; what is said of the fleet comes with it.
import { de } from "./words-de.js";
import { en } from "./words-en.js";

const CATALOGUES = { en, de };

/** @param language of the fleet; before one is known, of the browser */
export function wordsIn(language) {
  return CATALOGUES[language] ?? CATALOGUES.en;
}

export const browserLanguage = () => (/^de\b/i.test(navigator.language) ? "de" : "en");

/** @param at Unix milliseconds */
export function clockTime(at, zone, language) {
  const digits = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return new Intl.DateTimeFormat(language, { ...digits, ...(zone && { timeZone: zone }) }).format(
    at,
  );
}

export const number = (value, language) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
