import type { EpochMs, HostName } from "../contract/index.ts";
import {
  PAUSE_CONDITIONS,
  type PauseCondition,
  type Reason,
  type RolloutNow,
} from "../rollout/index.ts";
import { formatWhen } from "./days.ts";
import { verdictOn, wrongTitle } from "./end-title.ts";
import { holderName } from "./holders.ts";
import type { Home } from "./home.ts";
import { button, type Draft, type NotificationAction, type Priority } from "./notification.ts";
import { formatDuration } from "./numbers.ts";
import { verdictText, whyText } from "./reason.ts";
import { say } from "./say.ts";
import { type HoldInForce, hostsThat, releaseNow, type Situation, summary } from "./situation.ts";
import { wordFor } from "./words-of.ts";

const PRIORITY: Readonly<Record<PauseCondition, Priority>> = {
  Hold: 2,
  ApprovalRequired: 4,
  OutsideWindow: 1,
  PreflightFailed: 3,
  InconclusiveAnalysis: 4,
  AnalysisError: 4,
  HostFailure: 3, // a host's own end rings for itself
  HostSilent: 4,
  Draining: 1,
  Reconciling: 1,
  ClockUnsynced: 3,
  Fenced: 5,
};

export const isStronger = (one: PauseCondition, other: PauseCondition): boolean =>
  PRIORITY[one] > PRIORITY[other];

/** Of all that pauses it, what a person should see first. */
export function foremostPause(status: RolloutNow | null) {
  const known = (status?.paused ?? []).flatMap(({ condition, why }) => {
    const ours = PAUSE_CONDITIONS.find((one) => one === condition);
    return ours ? [{ condition: ours, why }] : [];
  });
  return known.reduce<(typeof known)[number] | null>(
    (first, one) => (first && !isStronger(one.condition, first.condition) ? first : one),
    null,
  );
}

const TAG: Readonly<Record<PauseCondition, string>> = {
  Hold: "pause_button",
  ApprovalRequired: "question",
  OutsideWindow: "clock10",
  PreflightFailed: "warning",
  InconclusiveAnalysis: "question",
  AnalysisError: "warning",
  HostFailure: "warning",
  HostSilent: "warning",
  Draining: "hourglass",
  Reconciling: "hourglass",
  ClockUnsynced: "warning",
  Fenced: "rotating_light",
};

/** Why nothing new begins, and what ends that. */
export function pauseNotice(
  condition: PauseCondition,
  why: Reason | null,
  situation: Situation,
  home: Home,
): Omit<Draft, "about"> {
  const alone = condition === "HostFailure" ? failedAlone(situation, home) : null;
  const release = releaseNow(situation, home);
  return {
    title: alone ?? pausedTitle(condition, release, home),
    lines: [
      ...pauseLines(condition, why, situation, home),
      ...(alone === null ? [] : [release]),
      ...summary(situation.status, home),
    ],
    priority: PRIORITY[condition],
    tags: [TAG[condition]],
    actions: pauseActions(condition, situation, home),
  };
}

const pausedTitle = (condition: PauseCondition, release: string, { language }: Home): string =>
  say(language, "notice.paused", { release, condition: say(language, `pause.${condition}`) });

/** It takes the place of the host's own end, whose reason must not go from sight. */
function failedAlone(situation: Situation, home: Home): string | null {
  const { status } = situation;
  const [failed, another] = hostsThat(status, "wrong");
  if (!failed || another) return null;
  const { rollout } = status as RolloutNow; // it named the host
  return wrongTitle(failed, verdictOn(failed, rollout, null, situation), home);
}

/** Why, and what ends it; some may be empty. */
export const pauseLines = (
  condition: PauseCondition,
  why: Reason | null,
  situation: Situation,
  home: Home,
): readonly string[] => [
  ...reasons(condition, why, situation, home),
  // When it goes on is told already.
  ...(condition === "OutsideWindow" && situation.opensAt !== null
    ? []
    : [say(home.language, `ask.${condition}`)]),
];

function reasons(
  condition: PauseCondition,
  why: Reason | null,
  situation: Situation,
  home: Home,
): readonly string[] {
  const { language } = home;
  const told = whyText(why, language);
  switch (condition) {
    case "Hold":
      return holdLines(situation, home);
    case "OutsideWindow":
      return [situation.opensAt === null ? told : opensLine(situation.opensAt, situation, home)];
    case "PreflightFailed":
    case "InconclusiveAnalysis":
    case "AnalysisError":
      return situation.verdict ? [verdictText(situation.verdict, language)] : [told];
    case "HostFailure": {
      const failures = failureLines(situation, home);
      return failures.length > 0 ? failures : [told];
    }
    default:
      return [told];
  }
}

function opensLine(opensAt: EpochMs, { at }: Situation, home: Home): string {
  return say(home.language, "notice.opens", { when: formatWhen(opensAt, at, home) });
}

const MAX_REASONS = 4;

/** Each host that went wrong with its reason. */
export const failureLines = ({ status }: Situation, home: Home): readonly string[] =>
  hostsThat(status, "wrong")
    .slice(0, MAX_REASONS)
    .map(({ host, state, why }) => {
      const told = whyText(why, home.language) || wordFor("host", state, home.language);
      return say(home.language, "notice.hostWhy", { host, why: told });
    });

/** Who holds what, and the truth about what still finishes. */
export function holdLines({ holds, trialEnds, at }: Situation, home: Home): readonly string[] {
  const { language } = home;
  return [
    ...holds.map((hold) => holdLine(hold, at, home)),
    ...trialEnds.map(({ host, at: end }) =>
      say(language, "notice.trialEnds", { host, duration: formatDuration(end - at, language) }),
    ),
  ];
}

export function holdLine(hold: HoldInForce, at: Situation["at"], home: Home): string {
  const { language } = home;
  const source = holderName(hold.source);
  const what = hold.host ?? say(language, "notice.everything");
  if (hold.until === null) {
    return say(language, "notice.hold", { source, what, when: formatWhen(hold.since, at, home) });
  }
  return say(language, "notice.holdUntil", {
    source,
    what,
    when: formatWhen(hold.until, at, home),
  });
}

/** Of a host that is meant, or none where there is none. */
export function pauseActions(
  condition: PauseCondition,
  { status, asked }: Situation,
  { language }: Home,
): readonly NotificationAction[] {
  const abort = button("abort", "abort", null, language);
  const failed = hostsThat(status, "wrong")[0]?.host ?? null;
  const active = hostsThat(status, "active")[0]?.host ?? null;
  const without = (host: HostName | null): readonly NotificationAction[] =>
    host === null ? [] : [button("skip", "skip", host, language)];
  switch (condition) {
    case "Hold":
      return [button("resume", "resume", null, language)];
    case "ApprovalRequired":
      return asked === null
        ? [button("approve", "approve", null, language), abort]
        : [
            button("approve", "approve", asked, language),
            button("skip", "refuse", asked, language), // what a no means is the flow's to say
            abort,
          ];
    case "InconclusiveAnalysis":
    case "AnalysisError":
      return active === null ? [abort] : [button("approve", "keep", active, language), abort];
    case "PreflightFailed":
      return [abort];
    case "HostFailure":
      return [button("retry", "retry", failed, language), ...without(failed), abort];
    case "HostSilent":
      return [...without(active), abort];
    default:
      return [];
  }
}
