import { type DurationMs, NixwaveError, parseDuration } from "../src/contract/index.ts";

/** Reads one value; what is wrong with it goes into `faults`, and the value it yields then is never used. */
export type ReadValue<T> = (value: unknown, where: string, faults: string[]) => T;

export interface NestedFields {
  required<T>(name: string, read: ReadValue<T>): T;
  optional<T>(name: string, read: ReadValue<T>, otherwise: T): T;
  /** To be called last: a field nobody asked for is a spelling mistake. */
  refuseUnknown(): void;
}

/**
 * Reads an object inside the configuration and names every field at fault with its path, such as
 * `"guards/window/0/from"`.
 */
export function nestedFields(value: unknown, where: string, faults: string[]): NestedFields {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject) fault(faults, where, "is not a JSON object");
  const fields = (isObject ? value : {}) as Readonly<Record<string, unknown>>;
  const asked = new Set<string>();
  const take = (name: string): unknown => {
    asked.add(name);
    return Object.hasOwn(fields, name) ? fields[name] : undefined;
  };
  return {
    required(name, read) {
      const found = take(name);
      if (found !== undefined) return read(found, `${where}/${name}`, faults);
      return isObject ? fault(faults, `${where}/${name}`, "is missing") : (undefined as never);
    },
    optional(name, read, otherwise) {
      const found = take(name);
      return found === undefined ? otherwise : read(found, `${where}/${name}`, faults);
    },
    refuseUnknown() {
      for (const name of Object.keys(fields)) {
        if (!asked.has(name)) fault(faults, `${where}/${name}`, "is unknown");
      }
    },
  };
}

export function fault(faults: string[], where: string, why: string): never {
  faults.push(`"${where}": ${why}`);
  return undefined as never;
}

/** A text that `parse` accepts; its NixwaveError becomes the fault. */
export const textBy =
  <T>(parse: (text: string) => T): ReadValue<T> =>
  (value, where, faults) => {
    if (typeof value !== "string") return fault(faults, where, "is not a text");
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error;
      return fault(faults, where, error.message);
    }
  };

export const textLike = (pattern: RegExp, meaning: string): ReadValue<string> =>
  textBy((text) => {
    if (pattern.test(text)) return text;
    const shown = JSON.stringify(text.slice(0, 80));
    throw new NixwaveError("invalid-field", `${shown} is not ${meaning}`);
  });

export const oneWordOf = <const T extends string>(...words: readonly T[]): ReadValue<T> =>
  textBy((text) => {
    const word = words.find((one) => one === text);
    if (word !== undefined) return word;
    const shown = JSON.stringify(text.slice(0, 80));
    throw new NixwaveError("invalid-field", `${shown} is not one of ${words.join(", ")}`);
  });

export const wholeFrom =
  (least: number, most: number): ReadValue<number> =>
  (value, where, faults) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : fault(faults, where, `is not a whole number from ${least} to ${most}`);

/** A duration such as "30s", between two others. */
export const durationFrom = (least: string, most: string): ReadValue<DurationMs> =>
  textBy((text) => {
    const found = parseDuration(text);
    if (found >= parseDuration(least) && found <= parseDuration(most)) return found;
    throw new NixwaveError("invalid-field", `is not a duration from ${least} to ${most}`);
  });

export const listOf =
  <T>(read: ReadValue<T>, least: number, most: number): ReadValue<readonly T[]> =>
  (value, where, faults) =>
    Array.isArray(value) && value.length >= least && value.length <= most
      ? value.map((one, index) => read(one, `${where}/${index}`, faults))
      : fault(faults, where, `is not a list of ${least} to ${most} entries`);
