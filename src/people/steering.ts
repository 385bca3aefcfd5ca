import type { Home } from "./home.ts";
import { button, type NotificationAction } from "./notification.ts";

/** What a person may want of a rollout under way. */
export const steering = ({ language }: Home): readonly NotificationAction[] => [
  button("hold", "hold", null, language),
  button("abort", "abort", null, language),
];

/** Whoever asks something of a person needs the room that this takes. */
export const onlySteers = ({ verb }: NotificationAction): boolean =>
  verb === "hold" || verb === "abort";
