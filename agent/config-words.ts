import { type DurationMs, NixwaveError, parseDuration } from "../src/contract/index.ts";

/** Parsers of single texts in the configuration; what they throw names the fault. */
const refuse = (text: string, why: string): never => {
  throw new NixwaveError("invalid-field", `${JSON.stringify(text.slice(0, 80))} ${why}`);
};

export const matching = (pattern: RegExp, meaning: string) => (text: string) =>
  pattern.test(text) ? text : refuse(text, `is not ${meaning}`);

export const oneOf =
  <const T extends string>(...words: readonly T[]) =>
  (text: string): T =>
    words.find((one) => one === text) ?? refuse(text, `is not ${words.join(" or ")}`);

/** Such as "15m"; a limit outside these is a slip, which would show only on a bad day. */
export const durationBetween =
  (least: string, most: string) =>
  (text: string): DurationMs => {
    const found = parseDuration(text);
    if (found >= parseDuration(least) && found <= parseDuration(most)) return found;
    return refuse(text, `is not a duration from ${least} to ${most}`);
  };

/** An IANA name that this Node knows. */
export function timeZone(text: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions().timeZone && text;
  } catch {
    return refuse(text, "is not a time zone such as Europe/Berlin");
  }
}
