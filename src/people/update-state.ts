import {
  type ChangeSummary,
  type HostName,
  type ScreenUpdate,
  type Serial,
  type TopicBase,
  topicOf,
} from "../contract/index.ts";
import { type Reason, standing } from "../rollout/index.ts";
import { changeWords } from "./change-words.ts";
import type { Home } from "./home.ts";
import { readable } from "./readable.ts";
import { whyText } from "./reason.ts";
import { releaseVersion } from "./release-title.ts";
import { say } from "./say.ts";
import type { Publication } from "./screens.ts";
import { wordFor } from "./words-of.ts";

/** One host as Home Assistant's update entity shows it. */
export interface HostUpdate {
  readonly host: HostName;
  /** Of the release whose system the host keeps; null when nobody knows. */
  readonly installed: Serial | null;
  /** Of the release meant for it; null when there is none. The same closure under a new serial is the old one. */
  readonly latest: Serial | null;
  readonly title: string | null;
  /** CI's run; null where the release names none. */
  readonly runUrl: string | null;
  /** Its turn in the current or last rollout; null when it takes no part. */
  readonly step: { readonly state: string; readonly why: Reason | null } | null;
  /** How much is downloaded, 0 to 100; null when nobody knows. */
  readonly percent: number | null;
  /** What the release changes there; null until the host has looked. */
  readonly changes: ChangeSummary | null;
}

const MAX_SUMMARY = 255;
const MAX_TITLE = 120;

/**
 * A key that is absent keeps its old value in Home Assistant, so all are always there; without a run of its own a
 * release leads nowhere.
 */
export function updateState(update: HostUpdate, home: Home): ScreenUpdate {
  const { language } = home;
  const unknown = say(language, "ha.unknownVersion");
  const installed = update.installed === null ? unknown : releaseVersion(update.installed);
  const working = update.step !== null && isWorking(update.step.state);
  return {
    installed_version: installed,
    latest_version: update.latest === null ? installed : releaseVersion(update.latest),
    title: readable(update.title ?? "", MAX_TITLE) || say(language, "ha.update"),
    release_summary: summaryOf(update, home),
    release_url: update.runUrl ?? "",
    in_progress: working,
    update_percentage: working ? percentOf(update.percent) : null,
  };
}

/** Retained: Home Assistant reads it when it starts. */
export const updatePublication = (
  base: TopicBase,
  update: HostUpdate,
  home: Home,
): Publication => ({
  topic: topicOf(base, { kind: "screenHostUpdate", host: update.host }),
  payload: JSON.stringify(updateState(update, home)),
  retain: true,
});

/** A silent host may be doing anything: it is not said to be at work. */
const isWorking = (state: string): boolean =>
  state === "Staging" || (state !== "Unknown" && standing(state) === "active");

/** Why it stands where it stands, then the release's notes: what it changes on this host. */
function summaryOf({ step, changes }: HostUpdate, home: Home): string {
  const notes = changes === null ? "" : changeWords(changes, home);
  if (!step) return readable(notes, MAX_SUMMARY) || say(home.language, "word.none");
  const word = wordFor("host", step.state, home.language);
  const why = whyText(step.why, home.language);
  const stands = why === "" ? word : `${why} (${word})`;
  return readable(notes === "" ? stands : `${stands}. ${notes}`, MAX_SUMMARY);
}

function percentOf(percent: number | null): number | null {
  if (percent === null || !Number.isFinite(percent)) return null;
  return Math.round(Math.min(100, Math.max(0, percent)));
}
