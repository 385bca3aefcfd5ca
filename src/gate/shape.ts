import { ContractError } from "../contract/index.ts";
import { shown } from "./fields.ts";

/** Reads one kind of value out of what was kept. @throws ContractError gate-state-unreadable, with the place */
export type Shape<T> = (value: unknown, where: string) => T;

export function unreadable(where: string, expected: string, value: unknown): ContractError {
  const message = `${where || "/"}: ${expected} is expected, not ${shown(value)}`;
  return new ContractError("gate-state-unreadable", message, { where });
}

const leaf =
  <T>(expected: string, accepts: (value: unknown) => value is T): Shape<T> =>
  (value, where) => {
    if (accepts(value)) return value;
    throw unreadable(where, expected, value);
  };

export const finiteNumber = leaf("a finite number", (value): value is number =>
  Number.isFinite(value),
);
export const flag = leaf("true or false", (value): value is boolean => typeof value === "boolean");
export const text = leaf("a text", (value): value is string => typeof value === "string");

/** A whole number from 0: an instant, a span, a count. */
export const whole = <T extends number = number>(): Shape<T> =>
  leaf("a whole number", (value): value is T => Number.isSafeInteger(value) && Number(value) >= 0);

export const oneOf = <T extends string | number>(...words: readonly T[]): Shape<T> =>
  leaf(`one of ${words.join(", ")}`, (value): value is T => words.some((word) => word === value));

export const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, where) =>
    value === null ? null : shape(value, where);

export const listOf =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (value, where) => {
    if (!Array.isArray(value)) throw unreadable(where, "a list", value);
    return value.map((item, index) => shape(item, `${where}/${index}`));
  };

export const pairOf =
  <One, Other>(one: Shape<One>, other: Shape<Other>): Shape<readonly [One, Other]> =>
  (value, where) => {
    if (!Array.isArray(value) || value.length !== 2) throw unreadable(where, "a pair", value);
    return [one(value[0], `${where}/0`), other(value[1], `${where}/1`)];
  };

/** Exactly these keys: a missing one is not guessed, an unknown one is another version's. */
export const objectOf =
  <T extends object>(shapes: { readonly [Key in keyof T]-?: Shape<T[Key]> }): Shape<T> =>
  (value, where) => {
    if (typeof value !== "object" || value === null) throw unreadable(where, "an object", value);
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(shapes, key));
    if (unknown !== undefined) throw unreadable(`${where}/${unknown}`, "no such field", unknown);
    const entries = Object.entries<Shape<unknown>>(shapes).map(([key, shape]) => [
      key,
      shape((value as Record<string, unknown>)[key], `${where}/${key}`),
    ]);
    return Object.fromEntries(entries) as T;
  };
