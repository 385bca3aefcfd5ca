import {
  PAUSE_CONDITIONS,
  type PauseCondition,
  type RolloutNow,
  type Standing,
} from "../rollout/index.ts";
import { formatWhen } from "./days.ts";
import { heldBy } from "./holders.ts";
import type { Home } from "./home.ts";
import type { NotificationAction } from "./notification.ts";
import { holdLine, pauseActions, pauseLines } from "./pause-notice.ts";
import { whyText } from "./reason.ts";
import { type NamedRelease, releaseTitle } from "./release-title.ts";
import { say } from "./say.ts";
import { hostsThat, rolloutWord, type Situation } from "./situation.ts";
import { wordFor } from "./words-of.ts";

/** A fleet for a page that shows it: every word is made here, in the language of the fleet. */
export interface FleetWords {
  readonly language: Home["language"];
  readonly release: string;
  readonly state: string;
  readonly standing: Standing;
  /** The rollout's own reason, of what waits next, of a hub that cannot work; none is empty. */
  readonly lines: readonly string[];
  /** What keeps new trials from beginning, holds first. */
  readonly pauses: readonly PauseWords[];
}

export interface PauseWords {
  readonly condition: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly actions: readonly NotificationAction[];
}

export interface FleetSeen {
  readonly situation: Situation;
  readonly next: NamedRelease | null;
  readonly isConnected: boolean;
  readonly isLearning: boolean;
  /** A second hub is here: nothing is ordered, whether a rollout is under way or not. */
  readonly isFenced: boolean;
}

export function fleetWords({ situation, next, ...hub }: FleetSeen, home: Home): FleetWords {
  const { language } = home;
  const { status, at, trialEnds } = situation;
  const lines = [
    hub.isConnected ? "" : say(language, "sight.unconnected"),
    hub.isConnected && hub.isLearning ? say(language, "sight.learning") : "",
    whyText(status?.why ?? null, language),
    ...trialEnds.map(({ host, at: end }) =>
      say(language, "sight.trial", { host, when: formatWhen(end, at, home) }),
    ),
    next ? say(language, "sight.next", { release: releaseTitle(next, at, home) }) : "",
  ];
  return {
    language,
    release: status ? releaseTitle(status, at, home) : say(language, "release.none"),
    state: rolloutWord(status, home),
    standing: hub.isFenced ? "wrong" : standingOf(status),
    lines: lines.filter((line) => line !== ""),
    pauses: pausesOf(situation, hub.isFenced, home),
  };
}

function standingOf(status: RolloutNow | null): Standing {
  if (!status) return "out";
  if (status.completion === "Promoted") return "done";
  if (status.completion === "PartiallyPromoted") return "waiting";
  if (status.completion === "Superseded") return "out";
  if (status.completion !== null || hostsThat(status, "wrong").length > 0) return "wrong";
  return status.paused.length > 0 ? "waiting" : "active";
}

const FENCED = { condition: "Fenced", why: { code: "second-hub" } } as const;

function pausesOf(situation: Situation, isFenced: boolean, home: Home): readonly PauseWords[] {
  const { status, holds, at } = situation;
  const { language } = home;
  const held: PauseWords = {
    condition: "Hold",
    title: heldBy(holds, at, home),
    lines: holds.map((hold) => holdLine(hold, at, home)),
    actions: [],
  };
  const ofRollout = (status?.completion === null ? status.paused : []).filter(
    ({ condition }) => condition !== "Hold" && condition !== "Fenced",
  );
  const others = isFenced ? [FENCED, ...ofRollout] : ofRollout;
  return [
    ...(holds.length > 0 ? [held] : []),
    ...others.map((pause) => ({
      condition: pause.condition,
      title: wordFor("pause", pause.condition, language),
      ...toldOf(pause, situation, home),
    })),
  ];
}

function toldOf(
  { condition, why }: Pick<RolloutNow["paused"][number], "condition" | "why">,
  situation: Situation,
  home: Home,
): Pick<PauseWords, "lines" | "actions"> {
  if (!isKnown(condition) || why === null) return { lines: [], actions: [] };
  const lines = pauseLines(condition, why, situation, home).filter((line) => line !== "");
  return { lines, actions: pauseActions(condition, situation, home) };
}

const isKnown = (condition: string): condition is PauseCondition =>
  PAUSE_CONDITIONS.some((one) => one === condition);
