import type { Verdict } from "../gate/index.ts";
import type { Reason, ReasonCode } from "../rollout/index.ts";
import { holderName } from "./holders.ts";
import { formatMeasure } from "./numbers.ts";
import { MAX_VALUE, readable } from "./readable.ts";
import { type Language, say } from "./say.ts";
import { fill } from "./template.ts";
import { deReasons } from "./words/de-reasons.ts";
import { enReasons } from "./words/en-reasons.ts";
import { errorWords, wordFor } from "./words-of.ts";

/** A sentence for each reason of a rollout, for those who look at all of them. */
export const REASON_TEXTS: Readonly<Record<Language, Readonly<Record<ReasonCode, string>>>> = {
  en: enReasons,
  de: deReasons,
};

const MAX_DETAIL = 240;

/** Why something stands where it stands, in one line; empty when there is nothing to say. */
export function whyText(why: Reason | null, language: Language): string {
  if (why === null) return "";
  const { code, ...params } = why;
  const words = Object.entries(params).map(([name, value]: [string, Reason | string]) => [
    name,
    typeof value === "string" ? wordsFor(name, value, language) : whyText(value, language),
  ]);
  return fill(REASON_TEXTS[language][code], Object.fromEntries(words)).trim();
}

/** What is somebody's own stays as they said it. */
function wordsFor(name: string, value: string, language: Language): string {
  if (name === "error") return errorWords(value, language);
  if (name === "source") return readable(holderName(value), MAX_VALUE);
  if (name === "state") return wordFor("host", value, language);
  return readable(value, name === "said" ? MAX_DETAIL : MAX_VALUE);
}

/** The reason of a gate's verdict with the reading behind it. */
export function verdictReason(verdict: Verdict, language: Language): string {
  const { code, row } = verdict.reason;
  const shown = readingBehind(verdict, language);
  const name = readable(row, MAX_VALUE) || say(language, "gate.house");
  return say(language, `reason.${code}`, { row: name, shown });
}

/** The verdict in words: what it is, why, and whether it decides anything. */
export function verdictText(verdict: Verdict, language: Language): string {
  const parts = [verdictReason(verdict, language), wordFor("verdict", verdict.status, language)];
  if (!verdict.binding) parts.push(say(language, "verdict.dryRun"));
  return parts.join(" ");
}

/** As short as a title wants it: "bedroom 17.1, was 20.4" by the same sensor; without a reading the reason itself. */
export function verdictBrief(verdict: Verdict, language: Language): string {
  const { code, row } = verdict.reason;
  const ofRow = verdict.samples.filter((sample) => sample.row === row);
  const fault = ofRow.findLast(({ measurement }) => measurement !== "Successful");
  if (!HAS_A_READING.has(code) || !fault) return withoutStop(verdictReason(verdict, language));
  const before = ofRow
    .slice(0, ofRow.lastIndexOf(fault))
    .findLast(({ source, measurement }) => source === fault.source && measurement === "Successful");
  const now = readingBehind(verdict, language);
  const name = readable(row, MAX_VALUE);
  if (!before) return say(language, "notice.brief", { row: name, now });
  const was = numberOrText(before.shown, language);
  return say(language, "notice.briefWas", { row: name, now, was });
}

const HAS_A_READING: ReadonlySet<string> = new Set(["limit-crossed", "wrong-state", "changed"]);

export const withoutStop = (text: string): string => text.replace(/\.$/, "");

/** The newest sample of the row at fault, the faulty ones first. */
function readingBehind(verdict: Verdict, language: Language): string {
  const ofRow = verdict.samples.filter((sample) => sample.row === verdict.reason.row);
  const faulty = ofRow.filter((sample) => sample.measurement !== "Successful");
  const shown = (faulty.at(-1) ?? ofRow.at(-1))?.shown ?? "";
  if (shown.trim() === "") return say(language, "gate.noValue");
  return numberOrText(shown, language);
}

/** A number alone, or with a unit behind it. */
const MEASURE = /^(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?: (\S{1,16})|(%))?$/;

function numberOrText(shown: string, language: Language): string {
  const [, number, word = "", percent = ""] = MEASURE.exec(shown) ?? [];
  if (number === undefined) return readable(shown, MAX_VALUE);
  return formatMeasure(Number(number), readable(word, MAX_VALUE) || percent, language);
}
