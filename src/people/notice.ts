import type { Announcement, Completion, EndState, Reason } from "../rollout/index.ts";
import { verdictOn, wrongTitle } from "./end-title.ts";
import type { Home } from "./home.ts";
import {
  button,
  type Draft,
  finish,
  type Notification,
  type NotificationAction,
  type Priority,
} from "./notification.ts";
import { failureLines, holdLines } from "./pause-notice.ts";
import { whatIsLeft, whatPauses, withWhatWaits } from "./pause-told.ts";
import { verdictReason, whyText } from "./reason.ts";
import { type Language, say } from "./say.ts";
import { hostsThat, releaseNow, type Situation, summary } from "./situation.ts";
import { steering } from "./steering.ts";

type Of<Type extends Announcement["type"]> = Extract<Announcement, { type: Type }>;
type Body = Omit<Draft, "about">;

/** What a phone shows of what happened; null for what concerns machines alone or is only written down. */
export function notificationOf(
  happened: Announcement,
  situation: Situation,
  home: Home,
): Notification | null {
  const draft = draftOf(happened, situation, home);
  return draft && finish(draft);
}

function draftOf(happened: Announcement, situation: Situation, home: Home): Draft | null {
  switch (happened.type) {
    case "RolloutStarted":
      return { about: ["rollout", happened.rollout.id], ...started(situation, home) };
    case "StepStarted":
      return {
        about: ["rollout", happened.rollout],
        ...withWhatWaits(trying(happened, situation, home), situation, home),
      };
    case "HostEnded":
      return {
        about: ["rollout", happened.rollout],
        ...withWhatWaits(hostEnded(happened, situation, home), situation, home),
      };
    case "RolloutEnded": {
      const { id, completion, why } = happened.rollout;
      if (completion === null) return null; // it has not ended: nothing to tell
      return { about: ["rollout", id], ...ended(completion, why, situation, home) };
    }
    case "Paused": {
      const body = whatPauses(happened, situation, home);
      return body && { about: current(situation), ...body };
    }
    case "Resumed": {
      const body = whatIsLeft(happened, situation, home);
      return body && { about: current(situation), ...body };
    }
    case "DriftSeen":
      return { about: ["drift", happened.host], ...drift(happened, home) };
    case "HoldIsOld":
      return { about: ["hold", happened.source], ...oldHold(happened, situation, home) };
    case "ReleaseRecorded":
    case "GateAsked":
    case "ReconnectAsked":
      return null;
  }
}

/** What is paused before the first rollout is the hub itself. */
const current = ({ status }: Situation): Draft["about"] =>
  status?.rollout ? ["rollout", status.rollout] : ["hub", "rollouts"];

const started = (situation: Situation, home: Home): Body => ({
  title: say(home.language, "notice.started", { release: releaseNow(situation, home) }),
  lines: [
    whyText(situation.status?.why ?? null, home.language),
    ...summary(situation.status, home),
  ],
  priority: 2,
  tags: ["package"],
  actions: steering(home),
});

const trying = ({ host }: Of<"StepStarted">, situation: Situation, home: Home): Body => ({
  title: say(home.language, goesBack(situation) ? "notice.returning" : "notice.trying", {
    release: releaseNow(situation, home),
    host,
  }),
  lines: summary(situation.status, home),
  priority: 1,
  tags: ["hourglass_flowing_sand"],
  actions: steering(home),
});

/** Then what is tried is what the host had before. */
const goesBack = ({ status }: Situation): boolean => status?.phase === "RollingBack";

const END_PRIORITY: Readonly<Record<EndState, Priority>> = {
  Succeeded: 2,
  AlreadyInstalled: 1,
  Skipped: 1,
  Deferred: 2,
  Canceled: 1,
  Rejected: 4,
  Failed: 4,
  NeedsReboot: 3,
  RolledBack: 4,
  TakenOver: 3,
  Inconsistent: 5,
};
const END_TAG: Readonly<Record<EndState, string>> = {
  Succeeded: "white_check_mark",
  AlreadyInstalled: "white_check_mark",
  Skipped: "arrow_right",
  Deferred: "zzz",
  Canceled: "arrow_right",
  Rejected: "no_entry",
  Failed: "x",
  NeedsReboot: "electric_plug",
  RolledBack: "leftwards_arrow_with_hook",
  TakenOver: "wrench",
  Inconsistent: "rotating_light",
};

function hostEnded(happened: Of<"HostEnded">, situation: Situation, home: Home): Body {
  const { state, why } = happened;
  const { language } = home;
  return {
    title: endTitle(happened, situation, home),
    lines: [
      // The gate's own words are those that the verdict stands for, in one language.
      judgedLine(happened, situation, home) || whyText(why, language),
      say(language, `next.${state}`),
      releaseNow(situation, home),
      ...summary(situation.status, home),
    ],
    priority: loudness(state, situation),
    tags: [END_TAG[state]],
    actions: afterEnd(happened, situation, home),
  };
}

const isAskedFor = ({ status }: Situation): boolean => status?.why?.code === "rolled-back-by";

/** A host that is back where somebody sent it has done well; a gate or a lease that undoes it rings. */
const loudness = (state: EndState, situation: Situation): Priority =>
  state === "RolledBack" && isAskedFor(situation) ? 2 : END_PRIORITY[state];

function endTitle(happened: Of<"HostEnded">, situation: Situation, home: Home): string {
  const { host, state } = happened;
  const { language } = home;
  if (loudness(state, situation) >= 4) {
    return wrongTitle(happened, judged(happened, situation), home);
  }
  return say(language, "notice.host", { host, state: say(language, `host.${state}`) });
}

const judged = (happened: Of<"HostEnded">, situation: Situation) =>
  verdictOn(happened, happened.rollout, happened.attempt, situation);

function judgedLine(happened: Of<"HostEnded">, situation: Situation, home: Home): string {
  const verdict = judged(happened, situation);
  return verdict ? verdictReason(verdict, home.language) : "";
}

/** Once the rollout is over, only trying again is left. */
function afterEnd(
  { host, state }: Of<"HostEnded">,
  situation: Situation,
  { language }: Home,
): readonly NotificationAction[] {
  const { status } = situation;
  if (loudness(state, situation) < 3) return [];
  const retry = button("retry", state === "TakenOver" ? "overwrite" : "retry", host, language);
  if (status?.phase === "Completed") return [retry];
  return [retry, button("skip", "skip", host, language), button("abort", "abort", null, language)];
}

const COMPLETION: Readonly<Record<Completion, readonly [Priority, string]>> = {
  Promoted: [3, "white_check_mark"],
  PartiallyPromoted: [3, "white_check_mark"],
  Aborted: [4, "octagonal_sign"],
  Superseded: [2, "arrow_right"],
  RolledBack: [4, "leftwards_arrow_with_hook"],
  RollbackFailed: [5, "rotating_light"],
  Rejected: [4, "no_entry"],
};

function ended(completion: Completion, why: Reason | null, situation: Situation, home: Home): Body {
  const { language } = home;
  const [usual, tag] = COMPLETION[completion];
  const failures = failureLines(situation, home);
  return {
    title: say(language, "notice.ended", {
      release: releaseNow(situation, home),
      completion: say(language, `completion.${completion}`),
    }),
    lines: [
      ...(failures.length > 0 ? failures : [whyText(why, language)]),
      ...summary(situation.status, home),
    ],
    priority: completion === "RolledBack" && why?.code === "rolled-back-by" ? 3 : usual,
    tags: [tag],
    actions: afterRollout(completion, situation, language),
  };
}

/** What was taken over can be taken back, what went wrong tried again. */
function afterRollout(
  completion: Completion,
  { status }: Situation,
  language: Language,
): readonly NotificationAction[] {
  const back = button("rollback", "rollback", null, language);
  if (completion === "Promoted" || completion === "PartiallyPromoted") return [back];
  if (COMPLETION[completion][0] < 4) return [];
  const isHalf = completion === "Aborted" && hostsThat(status, "done").length > 0;
  return [button("retry", "retry", null, language), ...(isHalf ? [back] : [])];
}

const drift = ({ host }: Of<"DriftSeen">, { language }: Home): Body => ({
  title: say(language, "notice.drift", { host }),
  lines: [say(language, "notice.driftWhy")],
  priority: 3,
  tags: ["wrench"],
  actions: [],
});

const oldHold = (_: Of<"HoldIsOld">, situation: Situation, home: Home): Body => ({
  title: say(home.language, "notice.oldHold"),
  lines: [...holdLines(situation, home), say(home.language, "ask.Hold")],
  priority: 3,
  tags: ["pause_button"],
  actions: [button("resume", "resume", null, home.language)],
});
