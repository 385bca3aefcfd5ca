import { type Address, type EpochMs, type TopicBase, topicOf } from "../contract/index.ts";
import { type RolloutNow, standing } from "../rollout/index.ts";
import type { Home } from "./home.ts";
import { readable } from "./readable.ts";
import { whyText } from "./reason.ts";
import { releaseTitle } from "./release-title.ts";
import { say } from "./say.ts";
import { hostsThat } from "./situation.ts";
import { wordFor } from "./words-of.ts";

/** What is published for screens. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** Home Assistant refuses a longer state; a tile shows less. */
const MAX_WORDS = 255;
const onOff = (on: boolean): string => (on ? "ON" : "OFF");

/**
 * Plain retained words for the rollout and each of its hosts. None is empty: an empty retained payload
 * deletes a topic, and a tile would keep showing the old word.
 */
export function plainWords(
  base: TopicBase,
  status: RolloutNow | null,
  at: EpochMs,
  home: Home,
): readonly Publication[] {
  const { language } = home;
  const publish = (address: Address, payload: string): Publication => ({
    ...{ topic: topicOf(base, address), retain: true },
    payload: readable(payload, MAX_WORDS) || say(language, "word.none"),
  });
  const wrong = hostsThat(status, "wrong").length > 0;
  return [
    publish({ kind: "screenState" }, stateWords(status, home)),
    publish({ kind: "screenRelease" }, status ? releaseTitle(status, at, home) : ""),
    publish({ kind: "screenWhy" }, waitWords(status, home)),
    publish({ kind: "screenPaused" }, onOff((status?.paused.length ?? 0) > 0)),
    publish({ kind: "screenProblem" }, onOff(wrong)),
    ...(status?.hosts ?? []).flatMap(({ host, state }) => [
      publish({ kind: "screenHostState", host }, wordFor("host", state, language)),
      publish({ kind: "screenHostProblem", host }, onOff(standing(state) === "wrong")),
    ]),
  ];
}

function stateWords(status: RolloutNow | null, { language }: Home): string {
  if (!status) return say(language, "status.none");
  if (status.completion !== null) return wordFor("completion", status.completion, language);
  return wordFor("phase", status.phase, language);
}

function waitWords(status: RolloutNow | null, { language }: Home): string {
  const conditions = status?.paused.map(({ condition }) => wordFor("pause", condition, language));
  if (conditions && conditions.length > 0) return conditions.join(", ");
  return whyText(status?.why ?? null, language);
}
