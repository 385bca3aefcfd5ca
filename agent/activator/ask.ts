import type { OpenAttempt } from "../../src/contract/index.ts";
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
  const answer = await parts.askPerson(notice, textOf(open), signal);
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

function textOf({ title, goal }: OpenAttempt): readonly [string, string] {
  const what = title === undefined ? "A new system" : `"${title}"`;
  const how = goal === "boot" ? "This machine will restart now." : "Programs may restart now.";
  return ["Nixwave: an update is ready", `${what} will be tried. ${how}`];
}
