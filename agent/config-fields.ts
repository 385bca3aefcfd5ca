import { NixwaveError } from "../src/contract/index.ts";

/** Reads fields one by one and notes every fault instead of stopping at the first. */
export interface FieldReader {
  field<T>(name: string, parse: (text: string) => T): T;
  optional<T>(name: string, parse: (text: string) => T, otherwise: T): T;
  /** At least one. */
  list<T>(name: string, parse: (text: string) => T): readonly T[];
  wholeNumber(name: string, least: number, most: number, otherwise: number): number;
  flag(name: string, otherwise: boolean): boolean;
  /** As it stands there, undefined when it does not; for a parser that names faults itself. */
  raw(name: string): unknown;
  /** A fault that only two fields together show. */
  fault(name: string, why: string): void;
  /** To be called last: a field nobody asked for is a spelling mistake. */
  refuseUnknown(): void;
}

/**
 * The values a faulty field yields are never used: the caller gives up when `faults` is not empty.
 * @throws NixwaveError invalid-field when `value` is not an object
 */
export function readFields(value: unknown, faults: string[]): FieldReader {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new NixwaveError("invalid-field", "it is not a JSON object");
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const asked = new Set<string>();
  const fault = (name: string, why: string): never => {
    faults.push(`"${name}": ${why}`);
    return undefined as never;
  };
  const parsed = <T>(name: string, text: unknown, parse: (text: string) => T): T => {
    if (typeof text !== "string") return fault(name, "is not a text");
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof NixwaveError)) throw error;
      return fault(name, error.message);
    }
  };
  const take = (name: string): unknown => {
    asked.add(name);
    return Object.hasOwn(fields, name) ? fields[name] : undefined;
  };
  return {
    field(name, parse) {
      const found = take(name);
      return found === undefined ? fault(name, "is missing") : parsed(name, found, parse);
    },
    optional(name, parse, otherwise) {
      const found = take(name);
      return found === undefined ? otherwise : parsed(name, found, parse);
    },
    list(name, parse) {
      const found = take(name);
      if (!Array.isArray(found) || found.length === 0) return fault(name, "is not a list of texts");
      return found.map((one, index) => parsed(`${name}/${index}`, one, parse));
    },
    wholeNumber(name, least, most, otherwise) {
      const found = take(name);
      if (found === undefined) return otherwise;
      const whole = Number.isSafeInteger(found) ? (found as number) : Number.NaN;
      if (whole >= least && whole <= most) return whole;
      return fault(name, `is not a whole number from ${least} to ${most}`);
    },
    flag(name, otherwise) {
      const found = take(name);
      if (found === undefined || typeof found === "boolean") return found ?? otherwise;
      return fault(name, "is neither true nor false");
    },
    ...{ raw: take, fault },
    refuseUnknown() {
      for (const name of Object.keys(fields)) if (!asked.has(name)) fault(name, "is unknown");
    },
  };
}
