import { ContractError } from "../../contract/index.ts";
import { isObject, type Json, readingOf, shownJson } from "./leaves.ts";
import { type Decoding, jsonOf, type Payload, whole } from "./payload.ts";

const STEP =
  /\.([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\["((?:[^"\\]|\\["\\])*)"\]|\['((?:[^'\\]|\\['\\])*)'\]/y;

/**
 * A small own subset of JSONPath: `$` (may be left out), `.name`, `[n]`, `["any key"]`, `['any key']`.
 * No wildcard, slice or filter: a gate looks at exactly one value.
 * @throws ContractError json-path-invalid, with the column
 */
export function parseJsonPath(path: string): readonly (string | number)[] {
  const text = /^[$.[]/.test(path) || path === "" ? path.replace(/^\$/, "") : `.${path}`;
  const steps: (string | number)[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < text.length) {
    const from = STEP.lastIndex;
    const match = STEP.exec(text);
    if (match === null) {
      throw new ContractError(
        "json-path-invalid",
        `${JSON.stringify(path.slice(0, 80))} is not understood from ${JSON.stringify(text.slice(from, from + 20))}: write it like rooms[0].temperature or ["living room"].temperature`,
      );
    }
    const [, name, index, double, single] = match;
    steps.push(
      index === undefined
        ? (name ?? (double ?? (single as string)).replace(/\\(.)/g, "$1"))
        : Number(index),
    );
  }
  return steps;
}

/** The one value at the path. What is not there is no reading; an object or list there is refused. */
export function jsonPath(payload: Payload): Decoding {
  const value = valueAt(jsonOf(payload), parseJsonPath(payload.path)) as Json | undefined;
  if (value === undefined) return whole();
  if (typeof value === "object" && value !== null) {
    throw new ContractError(
      "reading-malformed",
      `${payload.path || "the payload"} is ${shownJson(value)}, not one value`,
    );
  }
  return whole(readingOf(payload.path, value));
}

/** What lies at the end of the steps; undefined when one of them leads nowhere. */
export function valueAt(from: unknown, steps: readonly (string | number)[]): unknown {
  let value = from as Json | undefined;
  for (const step of steps) {
    if (value === undefined) return undefined;
    value = childOf(value, step);
  }
  return value;
}

/** Own keys only: a path like `constructor` finds nothing. */
function childOf(value: Json, step: string | number): Json | undefined {
  if (typeof step === "number") {
    return Array.isArray(value) ? (value as readonly Json[])[step] : undefined;
  }
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}
