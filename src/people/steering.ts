import type { Home } from "./home.ts";
import { button, type NotificationAction } from "./notification.ts";

/** What a person may want of a rollout under way. */
export const steering = ({ language }: Home): readonly NotificationAction[] => [
  button("hold", "hold", null, language),
  button("abort", "abort", null, language),
];
