import { type EpochMs, instant } from "../../contract/index.ts";
import { formatWhen, type Home, whyText } from "../../people/index.ts";
import type { Reason } from "../../rollout/index.ts";

const IN_UTC = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC$/;

/** A reason as it was said on the wire, for whoever sits here: the end of a hold by their own clock. */
export function whyHere(why: Reason | null, at: EpochMs, home: Home): string {
  if (why?.code !== "held-until") return whyText(why, home.language);
  const [, day, clock] = IN_UTC.exec(why.until) ?? [];
  const until = Date.parse(`${day}T${clock}Z`);
  const when = Number.isNaN(until) ? why.until : formatWhen(instant(until), at, home);
  return whyText({ ...why, until: when }, home.language);
}
