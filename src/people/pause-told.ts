import type { Announcement } from "../rollout/index.ts";
import type { Home } from "./home.ts";
import type { Draft } from "./notification.ts";
import {
  foremostPause,
  isStronger,
  pauseActions,
  pauseLines,
  pauseNotice,
} from "./pause-notice.ts";
import { say } from "./say.ts";
import { hostsThat, releaseNow, type Situation, summary } from "./situation.ts";
import { onlySteers, steering } from "./steering.ts";
import { wordFor } from "./words-of.ts";

type Of<Type extends Announcement["type"]> = Extract<Announcement, { type: Type }>;
type Body = Omit<Draft, "about">;

/**
 * The notification is one: what needs a person more than this is on the phone already, or comes in the same instant,
 * and is not covered by what goes on by itself. A host's own end has just said that it failed, why, and what now: it
 * rings once. Then null.
 */
export function whatPauses(happened: Of<"Paused">, situation: Situation, home: Home): Body | null {
  const { condition, why } = happened;
  const foremost = foremostPause(situation.status);
  if (foremost && isStronger(foremost.condition, condition)) return null;
  const isTold = condition === "HostFailure" && hostsThat(situation.status, "wrong").length > 0;
  if (isTold) return null;
  return pauseNotice(condition, why, situation, home);
}

/** While something else pauses it, or once it is over, nothing goes on; null while that is what the phone shows. */
export function whatIsLeft(happened: Of<"Resumed">, situation: Situation, home: Home): Body | null {
  if (situation.status?.phase === "Completed") return null; // its end has been told
  const left = foremostPause(situation.status);
  if (!left) return goesOn(happened, situation, home);
  if (isStronger(left.condition, happened.condition)) return null;
  return { ...pauseNotice(left.condition, left.why, situation, home), priority: 1 };
}

/**
 * With what waits for a person, whose notification it covers: the words always, its buttons unless this has an answer
 * of its own to give.
 */
export function withWhatWaits(body: Body, situation: Situation, home: Home): Body {
  const waits = foremostPause(situation.status);
  if (!waits) return body;
  const { condition, why } = waits;
  const buttons = pauseActions(condition, situation, home);
  if (buttons.length === 0) return body; // it goes on by itself
  return {
    ...body,
    lines: [...body.lines, ...pauseLines(condition, why, situation, home)],
    actions: body.actions.every(onlySteers) ? buttons : body.actions,
  };
}

const goesOn = ({ condition }: Of<"Resumed">, situation: Situation, home: Home): Body => ({
  title: say(home.language, "notice.resumed", { release: releaseNow(situation, home) }),
  lines: [
    say(home.language, "notice.noLonger", {
      condition: wordFor("pause", condition, home.language),
    }),
    ...summary(situation.status, home),
  ],
  priority: 1,
  tags: ["arrow_forward"],
  actions: steering(home),
});
