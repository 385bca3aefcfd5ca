import { type HostName, NixwaveError, parseHostName } from "../../src/contract/index.ts";
import type { ButtonVerb, Notification, NotificationAction } from "../../src/people/index.ts";
import type { FlowMessage } from "../runtime/red.ts";

const MAX_BODY_BYTES = 4096;
const MAX_ACTIONS = 3;
const MAX_LABEL = 40;

/**
 * What a phone shall show: the notification of an events node, or a text of the user's own.
 * @returns null for what concerns machines alone
 * @throws NixwaveError invalid-field | too-large | invalid-host-name
 */
export function notificationIn(message: FlowMessage): Notification | null {
  const { notification, payload } = message;
  if (notification !== undefined) return readNotification(notification);
  if (typeof payload !== "string") return null;
  const title = typeof message["title"] === "string" ? message["title"] : "Nixwave";
  return readNotification({
    ...{ sequenceId: "message", title, body: payload, priority: 3, tags: [], actions: [] },
  });
}

/** @throws NixwaveError invalid-field | too-large | invalid-host-name */
export function readNotification(value: unknown): Notification {
  const { sequenceId, title, body, priority, tags, actions } = Object(value) as Record<
    string,
    unknown
  >;
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
    ...{ sequenceId, title: title.slice(0, 250), body },
    priority: ([1, 2, 3, 4, 5] as const).find((one) => one === priority) ?? 3,
    tags: Array.isArray(tags) ? tags.map(String).slice(0, 10) : [],
    actions: Array.isArray(actions) ? actions.slice(0, MAX_ACTIONS).map(readAction) : [],
  };
}

/** "install" is Home Assistant's alone. */
const VERBS: readonly Exclude<ButtonVerb, "test">[] = [
  ...(["deploy", "hold", "resume", "approve", "skip"] as const),
  ...(["retry", "abort", "rollback", "unfence"] as const),
];

function readAction(value: unknown): NotificationAction {
  const { verb, label, host } = Object(value) as Record<string, unknown>;
  const known = VERBS.find((one) => one === verb);
  if (known === undefined || typeof label !== "string" || label === "") {
    throw new NixwaveError("invalid-field", "msg.notification has a button that is none");
  }
  return { verb: known, label: label.slice(0, MAX_LABEL), host: hostIn(host) };
}

const hostIn = (host: unknown): HostName | null =>
  host === null || host === undefined ? null : parseHostName(String(host));
