import { MAX_VALUE, readable } from "./readable.ts";
import { CATALOGUES, type Language, type TextKey } from "./say.ts";
import { fill } from "./template.ts";

type Said = Extract<TextKey, `said.${string}`>;

/**
 * What src/rollout writes down as a reason, word for word, and the text that says it to people.
 * test/people/phrases.test.ts finds each of them in its source.
 */
export const PHRASES: Readonly<Record<string, Said>> = {
  "a newer release came": "said.newerCame",
  "a newer release waits": "said.newerWaits",
  "it was not there": "said.notThere",
  "it is locked until somebody says retry": "said.locked",
  "it took too long to fetch": "said.slowFetch",
  "{host} is away": "said.away",
  "left out by {by}": "said.leftOut",
  "stopped by {by}": "said.stoppedBy",
  "rolled back by {by}": "said.rolledBackBy",
  "stopped at the last gate": "said.stoppedAtEnd",
  "stopped at {host}": "said.stoppedAt",
  "it has not been heard of": "said.silent",
  "waits for new connections": "said.connections",
  "the plan does not name it": "said.unnamed",
  "it reported {code}, but runs {runs}": "said.disagrees",
  "another hub ({instance}) orders these hosts": "said.fenced",
  "waits for the hosts it left in trial": "said.reconciling",
  "the hub's clock is not synchronised": "said.clock",
  "outside the times that the plan allows": "said.window",
  "{host}: did not do well": "said.hostFailed",
  "{host}: needs a reboot": "said.needsReboot",
  "{host}: has not been heard of": "said.hostSilent",
  "{host}: the house was not healthy before it began": "said.unhealthyBefore",
  "{host}: the gate gives no verdict": "said.noVerdict",
  "{host}: the gate cannot measure": "said.noMeasure",
  "the house is not healthy after the last host": "said.unhealthyAfter",
  "the last gate cannot measure": "said.lastNoMeasure",
  "the last gate gives no verdict": "said.lastNoVerdict",
  "held by {source}": "said.heldBy",
  "{host} is held": "said.held",
  "waits to be started": "said.start",
  "waits for an approval of {what}": "said.approval",
};

const patternOf = (phrase: string): RegExp =>
  new RegExp(`^${phrase.replace(/[().]/g, "\\$&").replace(/\{(\w+)\}/g, "(?<$1>[^\\n]{1,300})")}$`);

const PATTERNS = Object.entries(PHRASES).map(([phrase, key]) => [patternOf(phrase), key] as const);

/** One of the rollout's own reasons in words for people; null when it is none of them. */
export function sayPhrase(why: string, language: Language): string | null {
  for (const [pattern, key] of PATTERNS) {
    const match = pattern.exec(why);
    if (!match) continue;
    const values = Object.entries(match.groups ?? {}).map(([name, value]) => [
      name,
      readable(value, MAX_VALUE),
    ]);
    return fill(CATALOGUES[language][key], Object.fromEntries(values) as Record<string, string>);
  }
  return null;
}
