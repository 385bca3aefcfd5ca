import type { Presence, WireKind } from "../contract/index.ts";
import type { Listener } from "./subscriptions.ts";

/** What is known of one client's presence: nobody seen, or a session and whether it is there. */
export type KnownPresence = Presence | undefined;

/**
 * Folds one presence message into what is known. A broker publishes the will of a dead connection
 * late, perhaps after the client is back under a new session: an `offline` of another session than
 * the current one is ignored, while an `online` always begins a new current session.
 */
export function foldPresence(known: KnownPresence, message: Presence): Presence {
  return isCurrentPresence(known, message) ? message : (known as Presence);
}

/** Whether the message says something about the session that is current. */
export const isCurrentPresence = (known: KnownPresence, message: Presence): boolean =>
  message.state === "online" || known === undefined || known.session === message.session;

/**
 * Whether the owner, being there, must publish its birth again: a will that came late has left
 * `offline` behind. Never in answer to an `online`, or two owners of one name would answer each
 * other for ever.
 */
export const isOverwritten = (message: Presence): boolean => message.state === "offline";

/** Listens to the owner's own presence, and lets it be published again when it was overwritten or cleared. */
export const presenceGuard = (restore: () => void): Listener<WireKind> => ({
  onMessage: ({ payload }) => {
    if (isOverwritten(payload as Presence)) restore();
  },
  onRefused: undefined,
  onCleared: restore,
});
