import type { BrokerEvent } from "../broker/index.ts";

/** A line for the journal, or nothing for what only `verbose` wants to know. */
export function describeBrokerEvent(event: BrokerEvent, verbose: boolean): string | undefined {
  switch (event.kind) {
    case "connected":
    case "disconnected":
      return verbose ? `${event.kind}: ${speaker(event.client, event.user)}` : undefined;
    case "refused":
      return `refused ${shown(event.address)} (${event.reason}): ${shown(event.detail)}`;
    case "publish-dropped":
      return `dropped a message of ${speaker(event.client, event.user)} on ${shown(event.topic)}: not its topic, or too large`;
    case "subscribe-refused":
      return `refused ${speaker(event.client, event.user)} the subscription ${shown(event.topic)}`;
    case "client-failed":
      return `lost ${shown(event.client)}: ${shown(event.detail)}`;
    case "retained-full":
      return `no room to retain ${shown(event.topic)}; nobody got it`;
    case "failed":
      return `failed: ${shown(event.detail)}`;
  }
}

const speaker = (client: string, user: string | null): string =>
  user === null || user === client ? shown(client) : `${shown(client)} (${shown(user)})`;

/** Clients choose topics and ids; they must not draw on the terminal. */
const shown = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "?");
