import { createHash } from "node:crypto";
import type { ControlRequest, HostName, RolloutId } from "../contract/index.ts";
import { readable, shortenBytes } from "./readable.ts";
import { type Language, say, type TextKey } from "./say.ts";

export type Priority = 1 | 2 | 3 | 4 | 5;

/** A button. It asks the hub what an operator may ask over the wire. */
export interface NotificationAction {
  readonly verb: ControlRequest["action"];
  readonly label: string;
  /** Null: whatever asks now. */
  readonly host: HostName | null;
}

/** What a phone shows. Sent again under the same id it takes the place of the one before. */
export interface Notification {
  /** One for each rollout, drifted host and hold. 1 to 64 characters of A-Z, a-z, 0-9, '-' and '_'. */
  readonly sequenceId: string;
  /** One line of at most 120 characters. */
  readonly title: string;
  /** The reason first; at most 4096 bytes of UTF-8, never empty. */
  readonly body: string;
  /** 1 shows up silently, 3 is the usual, 5 rings until somebody looks. */
  readonly priority: Priority;
  /** Names of emoji, as ntfy writes them. */
  readonly tags: readonly string[];
  /** At most three: ntfy shows no more. */
  readonly actions: readonly NotificationAction[];
}

const MAX_TITLE = 120;
/** ntfy turns a longer message into an attachment. */
export const MAX_BODY_BYTES = 4096;
const MAX_SEQUENCE_ID = 64;

/** How a notice is put down before it is bounded. */
export interface Draft extends Omit<Notification, "sequenceId" | "body"> {
  /** What it is about: what is drafted again under the same name replaces it. */
  readonly about: readonly [kind: "rollout" | "drift" | "hold" | "hub" | "button", name: string];
  /** Empty ones are left away. */
  readonly lines: readonly string[];
}

export function finish(draft: Draft): Notification {
  const lines = draft.lines.filter((line, at, all) => line !== "" && all.indexOf(line) === at);
  return {
    sequenceId: sequenceIdOf(draft.about.join("-")),
    title: readable(draft.title, MAX_TITLE),
    body: shortenBytes(lines.join("\n") || draft.title, MAX_BODY_BYTES),
    priority: draft.priority,
    tags: draft.tags,
    actions: draft.actions,
  };
}

/** The id of everything that is told of one rollout. */
export const rolloutNoticeId = (rollout: RolloutId): string => sequenceIdOf(`rollout-${rollout}`);

/** A name that is too long keeps its beginning and gets a digest, so that two never share one notification. */
function sequenceIdOf(name: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(name)) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16);
  const kept = name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, MAX_SEQUENCE_ID - digest.length - 1);
  return `${kept}-${digest}`;
}

type Label = Extract<TextKey, `action.${string}`> extends `action.${infer Name}` ? Name : never;

export const button = (
  verb: ControlRequest["action"],
  label: Label,
  host: HostName | null,
  language: Language,
): NotificationAction => ({ verb, label: say(language, `action.${label}`), host });
