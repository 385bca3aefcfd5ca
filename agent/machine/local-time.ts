const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** @returns minutes since local midnight, and the day of the week with 0 for Sunday */
export function localTime(nowMs: number, timeZone: string | null) {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    ...(timeZone === null ? {} : { timeZone }),
  });
  const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
  return {
    localMinute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
    localDay: DAYS.indexOf(parts.get("weekday") ?? "Sun"),
  };
}
