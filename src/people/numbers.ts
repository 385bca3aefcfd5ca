import type { Language, TextKey } from "./say.ts";
import { say } from "./say.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** At most `decimals` places, with the language's own signs; words for what is no number. */
export function formatNumber(value: number, language: Language, decimals = 1): string {
  if (!Number.isFinite(value)) return say(language, "number.none");
  const rounded = new Intl.NumberFormat(language, { maximumFractionDigits: decimals }).format(
    value,
  );
  return rounded === "-0" ? "0" : rounded;
}

/** A reading with its unit, e.g. "21.5 °C", "44%". */
export function formatMeasure(value: number, unit: string, language: Language): string {
  const number = formatNumber(value, language);
  if (!Number.isFinite(value) || unit === "") return number;
  return unit === "%" ? say(language, "number.percent", { number }) : `${number} ${unit}`;
}

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Powers of 1024, as Nix itself shows them. */
export function formatBytes(bytes: number, language: Language): string {
  const step = bytes >= 1024 ? Math.min(4, Math.floor(Math.log2(bytes) / 10)) : 0;
  return formatMeasure(bytes / 1024 ** step, String(BYTE_UNITS[step]), language);
}

/** A span of time in its two largest units, rounded; a negative one reads as nothing left. */
export function formatDuration(durationMs: number, language: Language): string {
  if (!Number.isFinite(durationMs)) return say(language, "number.none");
  const ms = Math.max(0, durationMs);
  const seconds = Math.round(ms / SECOND_MS);
  if (seconds < 60) return say(language, "duration.seconds", { count: `${seconds}` });
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 60) return say(language, "duration.minutes", { count: `${minutes}` });
  if (minutes < 24 * 60) return hoursAndMinutes(minutes, language);
  return daysAndHours(Math.round(ms / HOUR_MS), language);
}

function hoursAndMinutes(total: number, language: Language): string {
  const hours = `${Math.floor(total / 60)}`;
  const minutes = total % 60;
  if (minutes === 0) return say(language, "duration.hours", { count: hours });
  return say(language, "duration.hoursMinutes", { hours, minutes: `${minutes}` });
}

function daysAndHours(totalHours: number, language: Language): string {
  const days = sayCount(language, "duration.days", Math.floor(totalHours / 24));
  const hours = totalHours % 24;
  return hours === 0 ? days : say(language, "duration.daysHours", { days, hours: `${hours}` });
}

type Counted = TextKey extends infer Key ? (Key extends `${infer Name}.one` ? Name : never) : never;

/** The form of a text that goes with `count`; both languages know one and many alone. */
export function sayCount(language: Language, name: Counted, count: number): string {
  const many = new Intl.PluralRules(language).select(count) === "one" ? "one" : "other";
  return say(language, `${name}.${many}`, { count: formatNumber(count, language, 0) });
}
