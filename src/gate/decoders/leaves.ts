import { ContractError } from "../../contract/index.ts";
import type { Reading } from "../reading.ts";
import { word } from "./words.ts";

/** More values than any sensor or device status has; bounds the work for one payload. */
const MAX_LEAVES = 2048;

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @throws ContractError reading-malformed */
export function requireObject(value: Json, what: string): JsonObject {
  if (isObject(value)) return value;
  throw new ContractError("reading-malformed", `${what} is ${shownJson(value)}, not an object`);
}

export const shownJson = (value: Json): string => JSON.stringify(value).slice(0, 160);

/** @throws ContractError reading-not-finite */
export function finite(value: number, name: string): number {
  if (Number.isFinite(value)) return value;
  throw new ContractError("reading-not-finite", `${name || "the value"} is ${value}`);
}

/** One JSON value as a reading. Text that holds digits stays text: only numbers are numbers. */
export function readingOf(name: string, value: Json): Reading {
  switch (typeof value) {
    case "number":
      return { kind: "number", name, value: finite(value, name) };
    case "boolean":
      return { kind: "switch", name, on: value };
    case "string":
      return word(name, value);
    default:
      return { kind: "unknown", name, shown: shownJson(value) };
  }
}

const childrenOf = (value: Json): readonly (readonly [string, Json])[] => {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((item, index) => [`[${index}]`, item]);
  }
  return Object.entries(value as JsonObject).map(([key, item]) => [`.${key}`, item]);
};

/**
 * Every leaf below `value`, named by its dotted path.
 * @throws ContractError reading-malformed | reading-not-finite
 */
export function leavesOf(value: Json, name: string): Reading[] {
  const readings: Reading[] = [];
  const walk = (current: Json, at: string): void => {
    if (typeof current === "object" && current !== null) {
      for (const [step, item] of childrenOf(current)) walk(item, at + step);
    } else if (readings.push(readingOf(at.replace(/^\./, ""), current)) > MAX_LEAVES) {
      throw new ContractError("reading-malformed", `more than ${MAX_LEAVES} values in one payload`);
    }
  };
  walk(value, name);
  return readings;
}
