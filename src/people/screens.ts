import type { EpochMs, HostName, RolloutStatus, TopicBase } from "../contract/index.ts";
import type { Home } from "./home.ts";
import { readable } from "./readable.ts";
import { whyText } from "./reason.ts";
import { releaseTitle } from "./release-title.ts";
import { say } from "./say.ts";
import { hostsThat, standing } from "./situation.ts";
import { wordFor } from "./words-of.ts";

/** What is published for screens. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** Topics for dashboards, below the base: plain words, one value each, as MQTT Dash and Home Assistant like them. */
export const SCREENS = {
  rollout: "screens/rollout/state",
  release: "screens/rollout/release",
  why: "screens/rollout/why",
  paused: "screens/rollout/paused",
  problem: "screens/rollout/problem",
  event: "screens/rollout/event",
} as const;
export type HostScreen = "state" | "update" | "problem";

export const screenTopic = (base: TopicBase, screen: keyof typeof SCREENS): string =>
  `${base}/${SCREENS[screen]}`;
export const hostScreenTopic = (base: TopicBase, host: HostName, screen: HostScreen): string =>
  `${base}/screens/hosts/${host}/${screen}`;

/** Home Assistant refuses a longer state; a tile shows less. */
const MAX_WORDS = 255;
const onOff = (on: boolean): string => (on ? "ON" : "OFF");

/**
 * Plain retained words for the rollout and each of its hosts. None is empty: an empty retained payload
 * deletes a topic, and a tile would keep showing the old word.
 */
export function plainWords(
  base: TopicBase,
  status: RolloutStatus | null,
  at: EpochMs,
  home: Home,
): readonly Publication[] {
  const { language } = home;
  const publish = (topic: string, payload: string): Publication => ({
    ...{ topic, retain: true },
    payload: readable(payload, MAX_WORDS) || say(language, "word.none"),
  });
  const wrong = hostsThat(status, "wrong").length > 0;
  return [
    publish(screenTopic(base, "rollout"), stateWords(status, home)),
    publish(screenTopic(base, "release"), status ? releaseTitle(status, at, home) : ""),
    publish(screenTopic(base, "why"), waitWords(status, home)),
    publish(screenTopic(base, "paused"), onOff((status?.paused.length ?? 0) > 0)),
    publish(screenTopic(base, "problem"), onOff(wrong)),
    ...(status?.hosts ?? []).flatMap(({ host, state }) => [
      publish(hostScreenTopic(base, host, "state"), wordFor("host", state, language)),
      publish(hostScreenTopic(base, host, "problem"), onOff(standing(state) === "wrong")),
    ]),
  ];
}

function stateWords(status: RolloutStatus | null, { language }: Home): string {
  if (!status) return say(language, "status.none");
  if (status.completion !== null) return wordFor("completion", status.completion, language);
  return wordFor("phase", status.phase, language);
}

function waitWords(status: RolloutStatus | null, { language }: Home): string {
  const conditions = status?.paused.map(({ condition }) => wordFor("pause", condition, language));
  if (conditions && conditions.length > 0) return conditions.join(", ");
  return whyText(status?.why ?? "", language);
}
