import type { EpochMs } from "../contract/index.ts";
import { formatWhen } from "./days.ts";
import type { Home } from "./home.ts";
import { MAX_BODY_BYTES, type Notification, type Priority } from "./notification.ts";
import type { PhoneButton } from "./press-notice.ts";
import { shortenBytes } from "./readable.ts";
import { type Language, say, type TextKey } from "./say.ts";

/** Why a notification gets no buttons. */
export type NoButtons =
  Extract<
    TextKey,
    `phone.${string}-${string}` | "phone.checking" | "phone.unreachable"
  > extends `phone.${infer Why}`
    ? Why
    : never;

/** One line that also says how to mend it. */
export const noButtonsText = (why: NoButtons, language: Language): string =>
  say(language, "phone.viewOnly", { why: say(language, `phone.${why}`) });

/** The same notification for those who can only look: its last line says why, where it would have had buttons. */
export function viewOnly(notification: Notification, why: NoButtons, home: Home): Notification {
  if (notification.actions.length === 0) return notification;
  const line = `\n${noButtonsText(why, home.language)}`;
  const body = shortenBytes(notification.body, MAX_BODY_BYTES - Buffer.byteLength(line)) + line;
  return { ...notification, body, actions: [] };
}

/** @param isButton whether somebody can tap it */
export function testNotice(name: string, isButton: boolean, { language }: Home): Notification {
  return {
    sequenceId: name,
    title: say(language, "phone.test"),
    body: say(language, isButton ? "phone.testBody" : "phone.testPlain"),
    priority: 3,
    tags: ["wave"],
    actions: [],
  };
}

export const testButton = ({ language }: Home): PhoneButton => ({
  ...{ verb: "test", label: say(language, "phone.testButton"), host: null },
});

/**
 * What a server elsewhere says when the machine that carries hub or broker stays away. It names no host and no
 * rollout: strangers run that server.
 * @param kind "back" for a server that can take back nothing
 */
export function awayNotice(
  name: string,
  kind: "gone" | "back",
  since: EpochMs,
  home: Home,
): Notification {
  const { language } = home;
  const priority: Priority = kind === "gone" ? 5 : 3;
  const when = formatWhen(since, since, home);
  return {
    sequenceId: name,
    title: say(language, `away.${kind}`),
    body: kind === "gone" ? say(language, "away.goneWhy", { when }) : say(language, "away.backWhy"),
    ...{ priority, tags: [kind === "gone" ? "rotating_light" : "white_check_mark"], actions: [] },
  };
}
