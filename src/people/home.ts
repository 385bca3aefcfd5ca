import { type Brand, NixwaveError } from "../contract/index.ts";
import { zoneExists } from "../rollout/index.ts";
import { LANGUAGES, type Language } from "./say.ts";

/** An IANA name that the runtime knows, e.g. "Europe/Berlin". */
export type TimeZone = Brand<string, "TimeZone">;

/** For whom texts are written: their language, and the time on their wall. */
export interface Home {
  readonly language: Language;
  readonly zone: TimeZone;
}

const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/;

/** @throws NixwaveError language-unknown */
export function parseLanguage(value: string): Language {
  const found = LANGUAGES.find((language) => language === value);
  if (found === undefined) {
    throw new NixwaveError(
      "language-unknown",
      `${JSON.stringify(value.slice(0, 40))} is not one of ${LANGUAGES.join(", ")}`,
    );
  }
  return found;
}

/** @throws NixwaveError time-zone-unknown */
export function parseTimeZone(value: string): TimeZone {
  if (!ZONE_NAME.test(value) || !zoneExists(value)) {
    throw new NixwaveError(
      "time-zone-unknown",
      `${JSON.stringify(value.slice(0, 80))} is not a time zone such as Europe/Berlin`,
    );
  }
  return value as TimeZone;
}
