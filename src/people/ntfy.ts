import type { Notification, NotificationAction, Priority } from "./notification.ts";

/** One message as ntfy's JSON publishing takes it, POSTed to the server's root. */
export interface NtfyMessage {
  readonly topic: string;
  readonly title: string;
  readonly message: string;
  readonly priority: Priority;
  readonly tags: readonly string[];
  /** Since server 2.16: takes the place of the message before. */
  readonly sequence_id: string;
  readonly click?: string;
  readonly actions: readonly NtfyAction[];
}

interface NtfyAction {
  readonly action: "http";
  readonly label: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** The notification goes away when the request succeeded. */
  readonly clear: true;
}

/** Where a button posts to, and what; the token in it is the hub's business. Null leaves the button away. */
export type ActionRequest = (
  action: NotificationAction,
) => Pick<NtfyAction, "url" | "headers" | "body"> | null;

/** @param click what opens when somebody taps the notification; null for nothing */
export function ntfyMessage(
  notification: Notification,
  topic: string,
  click: string | null,
  requestOf: ActionRequest,
): NtfyMessage {
  const { title, body, priority, tags, sequenceId } = notification;
  const actions = notification.actions.flatMap((action): NtfyAction[] => {
    const request = requestOf(action);
    return request ? [{ action: "http", label: action.label, ...request, clear: true }] : [];
  });
  return {
    ...{ topic, title, message: body, priority, tags, sequence_id: sequenceId, actions },
    ...(click === null ? {} : { click }),
  };
}
