import { NixwaveError } from "../contract/index.ts";

/** Refuses a value that is not what it should be; `where` is a JSON pointer. @throws NixwaveError rollout-state-invalid */
export type Check = (value: unknown, where: string) => void;

export function refuse(where: string, what: string): never {
  const place = where || "/";
  throw new NixwaveError("rollout-state-invalid", `${place} ${what}`, { where: place });
}

export const whole: Check = (value, where) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    refuse(where, "must be a whole number");
};
export const flag: Check = (value, where) => {
  if (typeof value !== "boolean") refuse(where, "must be true or false");
};
export const text: Check = (value, where) => {
  if (typeof value !== "string" || value.length > 2000) refuse(where, "must be a text");
};

/** What a parser of the contract accepts. */
export const parsed =
  (parse: (text: string) => unknown): Check =>
  (value, where) => {
    text(value, where);
    try {
      parse(value as string);
    } catch (error) {
      refuse(where, (error as Error).message);
    }
  };

export const oneOf =
  (...words: readonly unknown[]): Check =>
  (value, where) => {
    if (!words.includes(value)) refuse(where, `must be one of ${words.join(", ")}`);
  };

export const nullable =
  (check: Check): Check =>
  (value, where) => {
    if (value !== null) check(value, where);
  };

export const list =
  (check: Check): Check =>
  (value, where) => {
    if (!Array.isArray(value)) refuse(where, "must be a list");
    else for (const [at, item] of value.entries()) check(item, `${where}/${at}`);
  };

/** Exactly these fields. */
export const shape =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, where) => {
    if (typeof value !== "object" || value === null) refuse(where, "must be an object");
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(fields, name));
    if (unknown !== undefined) refuse(where, `has the unknown field ${unknown.slice(0, 80)}`);
    for (const [name, check] of Object.entries(fields)) {
      if (!Object.hasOwn(value, name)) refuse(`${where}/${name}`, "is missing");
      check((value as Record<string, unknown>)[name], `${where}/${name}`);
    }
  };
