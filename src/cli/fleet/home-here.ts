import { type Home, parseTimeZone } from "../../people/index.ts";

/** Whoever sits at this terminal: its time zone, in English like every message of the command line. */
export const homeHere = (): Home => ({
  language: "en",
  zone: parseTimeZone(new Intl.DateTimeFormat().resolvedOptions().timeZone),
});
