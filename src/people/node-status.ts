import { type Described, describe, standing } from "../rollout/index.ts";
import { shorten } from "./readable.ts";
import { CATALOGUES, type Language, say } from "./say.ts";
import { wordFor } from "./words-of.ts";

/** Node-RED, "Node status": a coloured mark and a text, which runs into the next node when it is longer. */
export interface NodeStatus {
  readonly text: string;
  readonly fill: "red" | "green" | "yellow" | "blue" | "grey";
  readonly shape: "ring" | "dot";
}

const MAX_CHARACTERS = 19; // under 20 (nodered.org, "Node status")
const status = (
  text: string,
  fill: NodeStatus["fill"],
  shape: NodeStatus["shape"] = "dot",
): NodeStatus => ({ text: shorten(text, MAX_CHARACTERS), fill, shape });

/**
 * What `describe` has to say of the rollout in under 20 characters.
 * @param now null before the first release
 * @param isSettling a release waits for the burst it may belong to
 */
export function rolloutStatusText(
  now: Described | null,
  language: Language,
  isSettling = false,
): NodeStatus {
  const told = describe(now, isSettling);
  switch (told.code) {
    case "none":
    case "settling":
      return status(say(language, `status.${told.code}`), "grey", "ring");
    case "staging":
    case "done": {
      const counts = { done: `${told.done}`, all: `${told.all}` };
      const fill = told.code === "done" ? "green" : "blue";
      return status(say(language, `status.${told.code}`, counts), fill);
    }
    case "phase":
      return status(wordFor("status", told.word, language), "blue", "ring");
    case "pause":
      return status(wordFor("status.pause", told.word, language), "yellow", "ring");
    case "end": {
      const fill = told.word === "Superseded" ? "grey" : "red";
      return status(wordFor("status", told.word, language), fill);
    }
    case "stopped-at":
      return status(withHost("status.stopped-at", told.host, language), "red");
    case "silent":
      return { ...hostStatusText(told.host, "Unknown", language), fill: trialFill(now) };
    default:
      return status(withHost(`status.${told.code}`, told.host, language), trialFill(now));
  }
}

/** A trial goes on while a pause lets nobody else begin. */
const trialFill = (now: Described | null): NodeStatus["fill"] =>
  now?.paused.length === 0 ? "blue" : "yellow";

type HostKey = `status.${"trying" | "rebooting" | "keeping" | "undoing" | "stopped-at"}`;

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

/** One host's turn in under 20 characters; a long name gives way to the word. */
export function hostStatusText(host: string, state: string, language: Language): NodeStatus {
  const word = shorten(wordFor("status.host", state, language), MAX_CHARACTERS - 3);
  const name = shorten(host, MAX_CHARACTERS - 2 - word.length);
  const stands = standing(state);
  const shape = stands === "waiting" ? "ring" : "dot";
  return status(say(language, "status.host", { host: name, word }), FILL[stands], shape);
}
