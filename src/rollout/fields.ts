import { NixwaveError } from "../contract/index.ts";

/**
 * Reads what a person entered or a file holds, field by field; what is not asked for is refused by `done`.
 * All throw NixwaveError plan-invalid, with a JSON pointer in `where`.
 */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #unread: Set<string>;
  readonly where: string;

  constructor(value: unknown, where: string) {
    this.where = where;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.fault("", "must be an object");
    }
    this.#values = value as Readonly<Record<string, unknown>>;
    this.#unread = new Set(Object.keys(value));
  }

  fault(name: string, what: string): NixwaveError {
    const where = `${this.where}${name === "" ? "" : `/${name}`}` || "/";
    return new NixwaveError("plan-invalid", `${where} ${what}`, { where });
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#values, name);
  }

  /** The raw value; undefined when it is missing. */
  raw(name: string): unknown {
    this.#unread.delete(name);
    return this.has(name) ? this.#values[name] : undefined;
  }

  /** `parse` may throw a NixwaveError of its own; its words are kept. */
  text<T>(name: string, parse: (text: string) => T): T {
    const value = this.raw(name);
    if (typeof value !== "string") throw this.fault(name, "must be a text");
    try {
      return parse(value);
    } catch (error) {
      throw this.fault(name, (error as Error).message);
    }
  }

  oneOf<const T extends string>(name: string, words: readonly T[]): T {
    const found = words.find((word) => word === this.raw(name));
    if (found === undefined) throw this.fault(name, `must be one of ${words.join(", ")}`);
    return found;
  }

  whole(name: string, least: number): number {
    const value = this.raw(name);
    if (!Number.isSafeInteger(value) || (value as number) < least) {
      throw this.fault(name, `must be a whole number of at least ${least}`);
    }
    return value as number;
  }

  flag(name: string): boolean {
    const value = this.raw(name);
    if (typeof value !== "boolean") throw this.fault(name, "must be true or false");
    return value;
  }

  list<T>(name: string, read: (item: unknown, where: string) => T): readonly T[] {
    const value = this.raw(name);
    if (!Array.isArray(value)) throw this.fault(name, "must be a list");
    return value.map((item, at) => read(item, `${this.where}/${name}/${at}`));
  }

  /** What stands there, or the default when it is missing. */
  or<T>(name: string, otherwise: T, read: () => T): T {
    return this.has(name) ? read() : otherwise;
  }

  done<T>(value: T): T {
    const [unknown] = this.#unread;
    if (unknown !== undefined) {
      throw this.fault("", `has the unknown field ${JSON.stringify(unknown.slice(0, 80))}`);
    }
    return value;
  }
}
