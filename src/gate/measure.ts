import type { Demand, GateRow } from "./plan.ts";
import type { Known } from "./reading.ts";
import type { Baseline, Value } from "./state.ts";
import type { Measurement, ReasonCode } from "./verdict.ts";

/** What a fresh value is judged against; before the activation there is nothing to compare with. */
export interface Comparison {
  readonly baseline: Baseline | null;
  /** How far the control sensor has moved from its own baseline; null: it has no fresh reading. */
  readonly controlChange: number | null;
  readonly knownAlerts: readonly string[];
}

export interface Finding {
  readonly measurement: Measurement;
  readonly code: ReasonCode;
  readonly text: string;
}

const found = (measurement: Measurement, code: ReasonCode, text: string): Finding => ({
  measurement,
  code,
  text,
});
const SEVERITY: readonly Measurement[] = ["Successful", "Inconclusive", "NoData", "Failed"];
const worst = (one: Finding, other: Finding): Finding =>
  SEVERITY.indexOf(other.measurement) >= SEVERITY.indexOf(one.measurement) ? other : one;

/** Numbers are shown without the dust of binary fractions. */
const numberText = (value: number): string => String(Number(value.toPrecision(6)));

const valueText = (value: Value): string => {
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return value ? "on" : "off";
  return value.length === 0 ? "none" : value.slice(0, 5).join(", ").slice(0, 300);
};

/** A value of this row as a person would write it, e.g. "21.5 °C", "44%", "on". */
export function shownIn({ unit }: Pick<GateRow, "unit">, value: Value): string {
  const text = valueText(value);
  if (typeof value !== "number" || unit === "") return text;
  return unit === "%" ? `${text}%` : `${text} ${unit}`;
}

/** The value of a reading that answers the demand (a switch may be a number, 1 or 0), or null: no value. */
export function answerOf(is: Demand, reading: Known): Value | null {
  switch (reading.kind) {
    case "number":
      if (is !== "on" && is !== "off") return reading.value;
      return reading.value === 1 || reading.value === 0 ? reading.value === 1 : null;
    case "switch":
      return reading.on;
    case "presence":
      return is === "live" && !reading.online ? null : reading.online;
    case "alerts":
      return reading.firing;
  }
}

/** Judges one fresh value. `after` is null before the activation: then only absolute demands hold. */
export function measure(row: GateRow, value: Value, after: Comparison | null): Finding {
  if (typeof value === "number") {
    const absolute = measureLimit(row, value);
    const compares = row.allowedIncrease !== null || row.allowedDecrease !== null;
    if (after === null || !compares) return absolute;
    return worst(absolute, measureChange(row, value, after));
  }
  if (typeof value === "boolean") return measureState(row.is, value);
  return measureAlerts(value, after);
}

function measureState(is: Demand, value: boolean): Finding {
  if (is === "live") return found("Successful", "soaked", "live");
  const shown = is === "online" ? (value ? "online" : "offline") : valueText(value);
  return (is !== "off") === value
    ? found("Successful", "soaked", `${shown} as it should be`)
    : found("Failed", "wrong-state", `${shown} instead of ${is}`);
}

/** How far a value lies on the wrong side of its limit; 0 is the limit itself. */
function beyond({ is, limit }: GateRow, value: number): number | null {
  if (limit === null) return null;
  return is === "above" || is === "at-least" ? limit - value : value - limit;
}

function measureLimit(row: GateRow, value: number): Finding {
  const by = beyond(row, value);
  const holds = by === null || by < 0 || (by === 0 && row.is.startsWith("at-"));
  const shown = shownIn(row, value);
  if (holds)
    return found("Successful", "soaked", by === null ? shown : `${shown}, ${demandText(row)}`);
  const measurement = row.margin > 0 && by <= row.margin ? "Inconclusive" : "Failed";
  return found(measurement, "limit-crossed", `${shown}, should be ${demandText(row)}`);
}

const demandText = (row: GateRow): string =>
  `${row.is.replace("-", " ")} ${shownIn(row, Number(row.limit))}`;

function measureChange(row: GateRow, value: number, after: Comparison): Finding {
  const { allowedIncrease, allowedDecrease, control } = row;
  if (after.baseline === null) {
    return found("NoData", "too-few-readings", "it has no baseline to compare with");
  }
  if (control !== null && after.controlChange === null) {
    return found("NoData", "no-data", "its control sensor has no fresh reading");
  }
  const { median, spread } = after.baseline;
  const change = value - median - (after.controlChange ?? 0);
  const over = Math.max(
    change - (allowedIncrease ?? Number.POSITIVE_INFINITY),
    -change - (allowedDecrease ?? Number.POSITIVE_INFINITY),
  );
  const beside = control === null ? "" : " beside the control sensor";
  const signed = `${change < 0 ? "" : "+"}${numberText(change)}`;
  const moved = `${shownIn(row, value)} was ${shownIn(row, median)} before (${signed}${beside})`;
  if (over <= 0) return found("Successful", "soaked", moved);
  // Beyond what is allowed by less than the sensor's own noise: neither good nor bad.
  return found(
    over <= spread ? "Inconclusive" : "Failed",
    "changed",
    `${moved}, allowed ${allowedText(row)}`,
  );
}

const allowedText = ({ allowedIncrease, allowedDecrease }: GateRow): string =>
  [
    allowedIncrease === null ? "" : `+${numberText(allowedIncrease)}`,
    allowedDecrease === null ? "" : `-${numberText(allowedDecrease)}`,
  ]
    .filter((part) => part !== "")
    .join(" / ");

function measureAlerts(firing: readonly string[], after: Comparison | null): Finding {
  const fresh = after === null ? [] : firing.filter((name) => !after.knownAlerts.includes(name));
  return fresh.length === 0
    ? found("Successful", "soaked", "no new alert")
    : found("Failed", "new-alert", `new alert ${valueText(fresh)}`);
}
