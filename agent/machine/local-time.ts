const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** @returns minutes since local midnight, and the day of the week with 0 for Sunday */
export function localTime(nowMs: number, timeZone: string | null) {
  if (timeZone === null) {
    const now = new Date(nowMs); // Intl takes 10 ms to load what it knows of languages
    return { localMinute: now.getHours() * 60 + now.getMinutes(), localDay: now.getDay() };
  }
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    timeZone,
  });
  const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
  return {
    localMinute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
    localDay: DAYS.indexOf(parts.get("weekday") ?? "Sun"),
  };
}
