import { epochMs, serial } from "./instants.ts";
import { hostName, rolloutId, sessionId } from "./names.ts";
import {
  integer,
  list,
  nullable,
  object,
  oneOf,
  type Parsed,
  type Schema,
  text,
} from "./schema.ts";
import { title } from "./statement.ts";

const stateName = text(/^[A-Z][A-Za-z]{1,31}$/, "a state such as Promoted");
/** So short that twenty entries of the widest characters stay within the topic's limit. */
const shortMessage: Schema<string> = text(
  /^[^\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]{0,200}$/u,
  "at most 200 characters in one line",
);
const count = integer(0, 10_000);

const ended = object({
  rollout: rolloutId,
  serial: nullable(serial),
  title: nullable(title),
  completion: nullable(stateName),
  /** Hosts that have the release, of those that took part. */
  done: count,
  taking: count,
  /** Hosts that did not do well; the first ones when there are many. */
  wrong: list(hostName, 0, 8),
  why: shortMessage,
  startedAt: epochMs,
  endedAt: epochMs,
});

/** The last rollouts that have ended, newest first. The hub itself remembers a year of them. */
export const rolloutHistory = object({
  v: oneOf(1),
  hub: sessionId,
  ended: list(ended, 0, 20),
  at: epochMs,
});
export type RolloutHistory = Parsed<typeof rolloutHistory>;
