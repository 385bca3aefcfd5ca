import type { OpenAttempt } from "../../src/contract/index.ts";
import type { Notice } from "../decide/guards.ts";
import { attemptKey } from "../decide/trial-file.ts";
import { keepPostponement, readPostponement } from "./postponement.ts";
import type { Stage } from "./stage.ts";

/** Asks, and writes down what was said; overtaken by mail, nothing was. Later is the only word that holds anything up. */
export async function ask(stage: Stage, open: OpenAttempt): Promise<null> {
  const { parts, facts, signal } = stage;
  const notice = parts.limits.guards.laptop?.notice;
  if (!notice) return null;
  const before = await readPostponement(parts, open);
  const attempt = attemptKey(open);
  const { bootId } = facts;
  // a disk that takes nothing is found out before anybody is bothered, again and again
  const nobody = { attempt, laters: 0, isAnswered: false, bootId, untilBootMs: 0 };
  await keepPostponement(parts, before ?? nobody);
  const answer = await parts.askPerson(notice, textOf(open, notice), signal);
  if (signal.aborted) return null;
  const isLater = answer === "later";
  parts.say(isLater ? "the person at the laptop said later" : `notice: ${answer ?? "no answer"}`);
  await keepPostponement(parts, {
    attempt,
    laters: (before?.laters ?? 0) + (isLater ? 1 : 0),
    isAnswered: !isLater,
    bootId,
    untilBootMs: isLater ? (await parts.machine.bootMs()) + notice.laterMs : 0,
  });
  return null;
}

interface NoticeWords {
  readonly title: string;
  readonly untitled: string;
  readonly quoted: (title: string) => string;
  readonly trial: string;
  readonly boot: string;
}

/** The catalogues of `src/people` are the hub's; a host carries these sentences only. */
const WORDS: Readonly<Record<NonNullable<Notice["language"]>, NoticeWords>> = {
  en: {
    title: "Nixwave: an update is ready",
    untitled: "A new system",
    quoted: (title) => `"${title}"`,
    trial: "will be tried. Programs may restart now.",
    boot: "will be tried. This machine will restart now.",
  },
  de: {
    title: "Nixwave: Ein Update ist bereit",
    untitled: "Ein neues System",
    quoted: (title) => `„${title}“`,
    trial: "wird ausprobiert. Programme können jetzt neu starten.",
    boot: "wird ausprobiert. Dieser Rechner startet jetzt neu.",
  },
};

/** What the notice says, in the language that the host's configuration names. */
function textOf({ title, goal }: OpenAttempt, { language = "en" }: Notice) {
  const words = WORDS[language];
  const what = title === undefined ? words.untitled : words.quoted(title);
  return [words.title, `${what} ${goal === "boot" ? words.boot : words.trial}`] as const;
}
