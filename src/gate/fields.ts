import { parseDuration } from "../contract/index.ts";

const JSON_POINTER_ESCAPES = /[~/]/g;
const LONGEST_MS = 366 * 24 * 3_600_000;

/**
 * Reads one JSON object strictly and gathers every fault instead of stopping at the first: a person
 * who fills in a form wants the whole list. `null` is the same as leaving a field out.
 */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #unread: Set<string>;
  readonly #where: string;
  readonly #faults: string[];

  constructor(value: unknown, where: string, faults: string[]) {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject) faults.push(`${where || "/"}: an object is expected, not ${shown(value)}`);
    const entries = isObject ? Object.entries(value).filter(([, item]) => item !== null) : [];
    this.#values = new Map(entries);
    this.#unread = new Set(this.#values.keys());
    this.#where = where;
    this.#faults = faults;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  at(name: string): string {
    return `${this.#where}/${name.replace(JSON_POINTER_ESCAPES, (sign) => (sign === "~" ? "~0" : "~1"))}`;
  }

  fault(name: string, message: string): void {
    this.#faults.push(`${this.at(name)}: ${message}`);
  }

  /** The raw value, or undefined; marks the field as known. */
  take(name: string): unknown {
    this.#unread.delete(name);
    return this.#values.get(name);
  }

  /** `fallback` when left out; a fault and `fallback` when it is not what `check` accepts. */
  read<T>(name: string, fallback: T, expected: string, check: (value: unknown) => value is T): T {
    const value = this.take(name);
    if (value === undefined) return fallback;
    if (check(value)) return value;
    this.fault(name, `${expected} is expected, not ${shown(value)}`);
    return fallback;
  }

  text(name: string, fallback: string, maxLength = 256): string {
    return this.read(
      name,
      fallback,
      `a text of 1 to ${maxLength} characters`,
      (value): value is string => isText(value, maxLength),
    );
  }

  /** A text that may be empty. */
  freeText(name: string, maxLength = 1024): string {
    return this.read(
      name,
      "",
      `a text of at most ${maxLength} characters`,
      (value): value is string => value === "" || isText(value, maxLength),
    );
  }

  number(name: string): number | null {
    return this.read<number | null>(name, null, "a finite number", isFiniteNumber);
  }

  /** A number that is not below zero. */
  amount(name: string, fallback: number | null): number | null {
    const isAmount = (value: unknown): value is number => isFiniteNumber(value) && value >= 0;
    return this.read<number | null>(name, fallback, "a number of at least 0", isAmount);
  }

  count(name: string, fallback: number, max: number): number {
    const isCount = (value: unknown): value is number =>
      Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max;
    return this.read(name, fallback, `a whole number from 1 to ${max}`, isCount);
  }

  flag(name: string): boolean {
    return this.read(
      name,
      false,
      "true or false",
      (value): value is boolean => typeof value === "boolean",
    );
  }

  choice<T extends string>(name: string, fallback: T, words: readonly T[]): T {
    return this.read(name, fallback, `one of ${words.join(", ")}`, (value): value is T =>
      words.some((one) => one === value),
    );
  }

  /** `soak: "10m"` as people write it, or `soakMs: 600000` as programs do; not both. */
  duration<T extends number | null>(name: string, fallback: T): number | T {
    const text = this.take(name);
    const ms = this.take(`${name}Ms`);
    if (text !== undefined && ms !== undefined) this.fault(name, `give it or ${name}Ms, not both`);
    const value = text === undefined ? ms : durationOf(text);
    if (value === undefined) return fallback;
    if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LONGEST_MS) {
      return Number(value);
    }
    this.fault(name, `a duration such as 30s, 10m or 1h30m is expected, not ${shown(text ?? ms)}`);
    return fallback;
  }

  list(name: string, maxLength: number): readonly unknown[] {
    const isList = (value: unknown): value is readonly unknown[] =>
      Array.isArray(value) && value.length <= maxLength;
    return this.read<readonly unknown[]>(name, [], `a list of at most ${maxLength}`, isList);
  }

  /** Call last: whatever nobody asked for is a fault, since a misspelt limit would guard nothing. */
  refuseUnknown(): void {
    for (const name of this.#unread) this.fault(name, "there is no such field");
  }
}

export const isText = (value: unknown, maxLength: number): value is string =>
  typeof value === "string" && value.length >= 1 && value.length <= maxLength;

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

export const shown = (value: unknown): string => String(JSON.stringify(value)).slice(0, 60);

/** NaN for what is no duration, so that the caller names the field. */
function durationOf(text: unknown): number {
  try {
    return parseDuration(String(text));
  } catch {
    return Number.NaN;
  }
}
