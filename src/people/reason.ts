import { ERRORS } from "../contract/index.ts";
import type { Verdict } from "../gate/index.ts";
import { formatNumber } from "./numbers.ts";
import { sayPhrase } from "./phrases.ts";
import { MAX_VALUE, readable } from "./readable.ts";
import { type Language, say } from "./say.ts";
import { errorWords, wordFor } from "./words-of.ts";

const MAX_DETAIL = 240;
/** What a rollout writes down: a code of the error table alone, or followed by what the machine said. */
const CODED = /^([a-z][a-z0-9-]{0,63})(?:: ([\s\S]*))?$/;

/** How a rollout names the host that ended it. */
const HOST_ENDED = /^([a-z0-9-]{1,63}): ([A-Z][A-Za-z]+)(?:, ([\s\S]*))?$/;

/** One sentence, and what the machine itself said. Both may be empty. */
interface Why {
  readonly sentence: string;
  readonly detail: string;
}

/** A text that is neither the rollout's own nor has a code is the machine's and stays as it is. */
function explain(why: string, language: Language): Why {
  const phrase = sayPhrase(why, language);
  if (phrase !== null) return { sentence: phrase, detail: "" };
  const [, host, state = "", rest = ""] = HOST_ENDED.exec(why) ?? [];
  if (host !== undefined) {
    const told = whyText(rest, language) || wordFor("host", state, language);
    return { sentence: say(language, "said.hostEnded", { host, why: told }), detail: "" };
  }
  const [, code = "", said = ""] = CODED.exec(why) ?? [];
  if (!Object.hasOwn(ERRORS, code)) return { sentence: readable(why, MAX_DETAIL), detail: "" };
  return { sentence: errorWords(code, language), detail: readable(said, MAX_DETAIL) };
}

/** Why something stands where it stands, in one line; empty when there is nothing to say. */
export function whyText(why: string, language: Language): string {
  const { sentence, detail } = explain(why, language);
  return [sentence, detail].filter((part) => part !== "").join(" ");
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

/** The newest sample of the row at fault, the faulty ones first. */
function readingBehind(verdict: Verdict, language: Language): string {
  const ofRow = verdict.samples.filter((sample) => sample.row === verdict.reason.row);
  const faulty = ofRow.filter((sample) => sample.measurement !== "Successful");
  const shown = (faulty.at(-1) ?? ofRow.at(-1))?.shown ?? "";
  if (shown.trim() === "") return say(language, "gate.noValue");
  const number = Number(shown);
  return Number.isFinite(number) ? formatNumber(number, language) : readable(shown, MAX_VALUE);
}
