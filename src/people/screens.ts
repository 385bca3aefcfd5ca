import { type Address, type HostName, type TopicBase, topicOf } from "../contract/index.ts";
import { type RolloutNow, standing } from "../rollout/index.ts";
import { heldBy } from "./holders.ts";
import type { Home } from "./home.ts";
import { readable } from "./readable.ts";
import { whyText } from "./reason.ts";
import { releaseTitle } from "./release-title.ts";
import { say } from "./say.ts";
import { hostsThat, rolloutWord, type Situation } from "./situation.ts";
import { wordFor } from "./words-of.ts";

/** What is published for screens. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

type ScreenSituation = Pick<Situation, "status" | "at" | "holds">;

/** Home Assistant refuses a longer state; a tile shows less. */
const MAX_WORDS = 255;
const onOff = (on: boolean): string => (on ? "ON" : "OFF");

/**
 * Plain retained words for the rollout and each of its hosts. None is empty: an empty retained payload
 * deletes a topic, and a tile would keep showing the old word.
 */
export function plainWords(
  base: TopicBase,
  situation: ScreenSituation,
  home: Home,
): readonly Publication[] {
  const { language } = home;
  const { status, at } = situation;
  const publish = (address: Address, payload: string): Publication => ({
    ...{ topic: topicOf(base, address), retain: true },
    payload: readable(payload, MAX_WORDS) || say(language, "word.none"),
  });
  const wrong = hostsThat(status, "wrong").length > 0;
  return [
    publish({ kind: "screenState" }, rolloutWord(status, home)),
    publish({ kind: "screenRelease" }, status ? releaseTitle(status, at, home) : ""),
    publish({ kind: "screenWhy" }, waitWords(situation, home)),
    publish({ kind: "screenPaused" }, onOff((status?.paused.length ?? 0) > 0)),
    publish({ kind: "screenAsks" }, onOff(asks(status))),
    publish({ kind: "screenProblem" }, onOff(wrong)),
    ...(status?.hosts ?? []).flatMap(({ host, state }) => [
      publish({ kind: "screenHostState", host }, wordFor("host", state, language)),
      publish({ kind: "screenHostProblem", host }, onOff(standing(state) === "wrong")),
    ]),
  ];
}

const asks = (status: RolloutNow | null): boolean =>
  status?.paused.some(({ condition }) => condition === "ApprovalRequired") ?? false;

/**
 * What a person should know of one host beyond its state, as Home Assistant's sensors and buttons read it. Of one that
 * takes no part in a rollout also that: nothing else would ever say so, and its tile would show what was long ago.
 */
export function hostFlags(
  base: TopicBase,
  host: HostName,
  flags: { readonly rebootNeeded: boolean; readonly asks: boolean; readonly takesPart: boolean },
  { language }: Home,
): readonly Publication[] {
  const word = (
    kind: `screenHost${"Reboot" | "Asks" | "State" | "Problem"}`,
    payload: string,
  ): Publication => ({ ...{ topic: topicOf(base, { kind, host }), retain: true }, payload });
  return [
    word("screenHostReboot", onOff(flags.rebootNeeded)),
    word("screenHostAsks", onOff(flags.asks)),
    ...(flags.takesPart
      ? []
      : [
          word("screenHostState", say(language, "word.none")),
          word("screenHostProblem", onOff(false)),
        ]),
  ];
}

/** Holders by name, also while there is nothing to hold; then what else it waits for. */
function waitWords({ status, holds, at }: ScreenSituation, home: Home): string {
  const { language } = home;
  const conditions = (status?.paused ?? [])
    .filter(({ condition }) => condition !== "Hold" || holds.length === 0)
    .map(({ condition }) => wordFor("pause", condition, language));
  const all = [heldBy(holds, at, home), ...conditions].filter((word) => word !== "");
  if (all.length > 0) return all.join(", ");
  return whyText(status?.why ?? null, language);
}
