import type { RolloutNow } from "../rollout/index.ts";
import { shorten } from "./readable.ts";
import { CATALOGUES, type Language, say } from "./say.ts";
import { hostsThat, standing } from "./situation.ts";
import { wordFor } from "./words-of.ts";

/** Node-RED, "Node status": a coloured mark and a text, which runs into the next node when it is longer. */
export interface NodeStatus {
  readonly text: string;
  readonly fill: "red" | "green" | "yellow" | "blue" | "grey";
  readonly shape: "ring" | "dot";
}

/** What there is to say of a rollout in a few words: as it is known here, or came over the wire. */
type Shown = Pick<RolloutNow, "phase" | "completion"> & {
  readonly paused: readonly Pick<RolloutNow["paused"][number], "condition">[];
  readonly hosts: readonly Pick<RolloutNow["hosts"][number], "host" | "state">[];
};

const MAX_CHARACTERS = 20;
const status = (
  text: string,
  fill: NodeStatus["fill"],
  shape: NodeStatus["shape"] = "dot",
): NodeStatus => ({ text: shorten(text, MAX_CHARACTERS), fill, shape });

/** The rollout in at most 20 characters; null before the first release. */
export function rolloutStatusText(now: Shown | null, language: Language): NodeStatus {
  if (!now) return status(say(language, "status.none"), "grey", "ring");
  if (now.phase === "Completed") return endText(now, language);
  const [paused] = now.paused;
  const trial = hostsThat(now, "active")[0];
  if (trial) return status(trialText(trial, language), paused ? "yellow" : "blue");
  if (paused) return status(wordFor("status.pause", paused.condition, language), "yellow", "ring");
  if (now.phase === "Progressing")
    return status(countText("status.staging", now, language), "blue");
  return status(wordFor("status", now.phase, language), "blue", "ring");
}

function endText(now: Shown, language: Language): NodeStatus {
  const completion = now.completion ?? "";
  const culprit = hostsThat(now, "wrong")[0];
  if (completion === "Promoted" || completion === "PartiallyPromoted") {
    return status(countText("status.done", now, language), "green");
  }
  if (completion === "Aborted" && culprit) {
    return status(withHost("status.stoppedAt", culprit.host, language), "red");
  }
  const text = wordFor("status", completion, language);
  return status(text, completion === "Superseded" ? "grey" : "red");
}

function countText(key: "status.staging" | "status.done", now: Shown, language: Language): string {
  const taking = now.hosts.filter(({ state }) => standing(state) !== "out");
  const ready = taking.filter(({ state }) =>
    key === "status.done" ? standing(state) === "done" : isReady(state),
  );
  return say(language, key, { done: `${ready.length}`, all: `${taking.length}` });
}

const isReady = (state: string): boolean =>
  state === "Staged" || state === "RebootPending" || standing(state) === "done";

function trialText(trial: { host: string; state: string }, language: Language): string {
  if (trial.state === "Committing") return withHost("status.keeping", trial.host, language);
  if (trial.state === "RollingBack") return withHost("status.undoing", trial.host, language);
  if (trial.state === "Unknown") return hostStatusText(trial.host, trial.state, language).text;
  return withHost("status.trying", trial.host, language);
}

type HostKey = "status.trying" | "status.keeping" | "status.undoing" | "status.stoppedAt";

function withHost(key: HostKey, host: string, language: Language): string {
  const room = MAX_CHARACTERS - CATALOGUES[language][key].replace("{host}", "").length;
  return say(language, key, { host: shorten(host, room) });
}

const FILL = {
  done: "green",
  wrong: "red",
  active: "blue",
  waiting: "yellow",
  out: "grey",
} as const;

/** One host's turn in at most 20 characters; a long name gives way to the word. */
export function hostStatusText(host: string, state: string, language: Language): NodeStatus {
  const word = shorten(wordFor("status.host", state, language), MAX_CHARACTERS - 3);
  const name = shorten(host, MAX_CHARACTERS - 2 - word.length);
  const stands = standing(state);
  const shape = stands === "waiting" ? "ring" : "dot";
  return status(say(language, "status.host", { host: name, word }), FILL[stands], shape);
}
