import { NixwaveError } from "../contract/index.ts";
import { Fields } from "./fields.ts";
import type { Window, Windows } from "./plan.ts";
import { zoneExists } from "./zone-time.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const EVERY_DAY = DAYS.map((_day, at) => at);

/**
 * `{zone: "Europe/Berlin", allow: [{days: ["mon"], from: "22:00", to: "06:00"}], deny: [...]}`; without
 * `days` every day.
 * @param where a JSON pointer to it
 * @throws NixwaveError plan-invalid
 */
export function parseWindows(input: unknown, where: string): Windows {
  const fields = new Fields(input, where);
  return fields.done({
    zone: fields.text("zone", (text) => {
      if (!zoneExists(text)) throw new NixwaveError("plan-invalid", "is no IANA time zone");
      return text;
    }),
    allow: fields.or<readonly Window[]>("allow", [], () => fields.list("allow", readWindow)),
    deny: fields.or<readonly Window[]>("deny", [], () => fields.list("deny", readWindow)),
  });
}

function readWindow(item: unknown, where: string): Window {
  const fields = new Fields(item, where);
  return fields.done({
    days: fields.or("days", EVERY_DAY, () => fields.list("days", readDay)),
    from: fields.text("from", readMinutes),
    to: fields.text("to", readMinutes),
  });
}

const readDay = (item: unknown, where: string): number =>
  DAYS.indexOf(new Fields({ day: item }, where).oneOf("day", DAYS));

function readMinutes(text: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  if (!(total <= 24 * 60)) throw new NixwaveError("plan-invalid", "is no time such as 22:30");
  return total;
}
