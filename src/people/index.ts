export { formatDay, formatWhen } from "./days.ts";
export { fleetWords } from "./fleet-words.ts";
export { heldBy } from "./holders.ts";
export { type Home, parseLanguage, parseTimeZone, type TimeZone } from "./home.ts";
export {
  eventPublication,
  hostDiscovery,
  hubDiscovery,
} from "./home-assistant.ts";
export type { HomeAssistant } from "./home-assistant-entity.ts";
export { hostWords } from "./host-words.ts";
export { hostStatusText, type NodeStatus, rolloutStatusText } from "./node-status.ts";
export { notificationOf } from "./notice.ts";
export {
  type Notification,
  type NotificationAction,
  type Priority,
  rolloutNoticeId,
} from "./notification.ts";
export { type ActionRequest, type NtfyMessage, ntfyMessage } from "./ntfy.ts";
export { formatBytes, formatDuration, formatMeasure, formatNumber } from "./numbers.ts";
export {
  awayNotice,
  type NoButtons,
  noButtonsText,
  testButton,
  testNotice,
  viewOnly,
} from "./phone-notices.ts";
export { type ButtonVerb, type PhoneButton, type Pressed, pressNotice } from "./press-notice.ts";
export { hushed, parseQuietHours, type QuietHours, quietUntil } from "./quiet-hours.ts";
export { readable } from "./readable.ts";
export { verdictReason, verdictText, whyText } from "./reason.ts";
export { type NamedRelease, releaseTitle, releaseVersion } from "./release-title.ts";
export { LANGUAGES, type Language } from "./say.ts";
export { hostFlags, type Publication, plainWords } from "./screens.ts";
export type { HoldInForce, Situation } from "./situation.ts";
export { type HostUpdate, updatePublication, updateState } from "./update-state.ts";
export { errorWords, wordFor } from "./words-of.ts";
