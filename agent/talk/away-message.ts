import type { EpochMs } from "../../src/contract/index.ts";
import { localTime } from "../machine/local-time.ts";
import type { AwayPlan } from "../probe/away-config.ts";
import type { AwayWord } from "./decide-away.ts";

/** The hub's words for the same (`src/people`), which this program does not carry; a test holds them together. */
const WORDS = {
  en: {
    gone: "The hub has not come back",
    why: "Its machine was last reached at {when}. Look at the machine: power, network, screen. If nothing moves, switch it off and on: it starts what it ran before.",
    back: "The hub is back",
    over: "The message before this one is out of date.",
  },
  de: {
    gone: "Der Hub ist nicht zurückgekommen",
    why: "Sein Rechner war zuletzt um {when} zu erreichen. Sieh nach ihm: Strom, Netz, Bildschirm. Rührt sich nichts, schalte ihn aus und ein: Er startet, was er vorher hatte.",
    back: "Der Hub ist zurück",
    over: "Die Nachricht vor dieser ist überholt.",
  },
} as const;

interface Outage {
  /** Of chance: it tells strangers nothing. */
  readonly sequence: string;
  readonly reachedAt: EpochMs;
  /** Null: the system's own. */
  readonly timeZone: string | null;
}

/** In ntfy's JSON form. Strangers run that server: it names no host, no fleet and no rollout. */
export function awayMessage(
  word: AwayWord,
  { topic, language }: Pick<AwayPlan, "topic" | "language">,
  { sequence, reachedAt, timeZone }: Outage,
) {
  const words = WORDS[language];
  const isGone = word === "gone";
  return {
    ...{ topic, sequence_id: sequence, title: words[word] },
    message: isGone ? words.why.replace("{when}", clockOf(reachedAt, timeZone)) : words.over,
    priority: isGone ? 5 : 3,
    tags: [isGone ? "rotating_light" : "white_check_mark"],
  };
}

function clockOf(at: EpochMs, timeZone: string | null): string {
  const { localMinute } = localTime(at, timeZone);
  const digits = (part: number): string => String(part).padStart(2, "0");
  return `${digits(Math.floor(localMinute / 60))}:${digits(localMinute % 60)}`;
}
