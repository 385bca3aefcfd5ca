import { epochMs, serial } from "./instants.ts";
import { channel, hostName, rolloutId, sessionId } from "./names.ts";
import { message } from "./reported.ts";
import { list, nullable, object, oneOf, type Parsed, text } from "./schema.ts";
import { title } from "./statement.ts";

const stateName = text(/^[A-Z][A-Za-z]{1,31}$/, "a state such as Progressing");

/** What the hub tells everybody about the current or last rollout. State names are those of ARCHITECTURE.md, "Words". */
export const rolloutStatus = object({
  v: oneOf(1),
  hub: sessionId,
  rollout: nullable(rolloutId),
  channel,
  serial: nullable(serial),
  title: nullable(title),
  phase: stateName,
  completion: nullable(stateName),
  /** Why nothing new starts, one entry per cause, and what the wires ask a person; empty when nothing waits. */
  paused: list(object({ condition: stateName, since: epochMs, why: message }), 0, 32),
  hosts: list(object({ host: hostName, state: stateName, why: message }), 0, 512),
  why: message,
  at: epochMs,
});
export type RolloutStatus = Parsed<typeof rolloutStatus>;
