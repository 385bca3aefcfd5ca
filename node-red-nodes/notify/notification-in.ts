import { NixwaveError } from "../../src/contract/index.ts";
import { type Notification, type NtfyMessage, ntfyMessage } from "../../src/people/index.ts";
import type { FlowMessage } from "../runtime/red.ts";

const MAX_BODY_BYTES = 4096;

/**
 * What a phone shall show: the notification of an events node, or a text of the user's own.
 * @throws NixwaveError invalid-field
 */
export function ntfyMessageIn(
  message: FlowMessage,
  topic: string,
  click: string | null,
): NtfyMessage | null {
  const { notification, payload } = message;
  if (notification !== undefined)
    return ntfyMessage(readNotification(notification), topic, click, noButton);
  if (typeof payload !== "string") return null; // an event that concerns machines alone
  const title = typeof message["title"] === "string" ? message["title"] : "Nixwave";
  const own: Notification = {
    ...{ sequenceId: "message", title, body: payload, priority: 3, tags: [], actions: [] },
  };
  return ntfyMessage(readNotification(own), topic, click, noButton);
}

/** Buttons need a token that nobody can use twice, which the hub does not give out yet. */
const noButton = (): null => null;

function readNotification(value: unknown): Notification {
  const { sequenceId, title, body, priority, tags } = Object(value) as Record<string, unknown>;
  const isWhole =
    typeof sequenceId === "string" &&
    /^[A-Za-z0-9_-]{1,64}$/.test(sequenceId) &&
    typeof title === "string" &&
    typeof body === "string" &&
    body !== "";
  if (!isWhole) throw new NixwaveError("invalid-field", "msg.notification is no notification");
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) {
    throw new NixwaveError("too-large", "the text is longer than 4096 bytes");
  }
  return {
    ...{ sequenceId, title: title.slice(0, 250), body, actions: [] },
    priority: ([1, 2, 3, 4, 5] as const).find((one) => one === priority) ?? 3,
    tags: Array.isArray(tags) ? tags.map(String).slice(0, 10) : [],
  };
}
