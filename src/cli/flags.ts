import { Option } from "commander";
import { NixwaveError } from "../contract/index.ts";
import type { CommandIo } from "./command-io.ts";

type Parse<T> = (text: string) => T;

/** An option that may stand once; its value is parsed here, and a refusal names the option. */
export function flag<T>(flags: string, description: string, parse: Parse<T>): Option {
  const name = longName(flags);
  return new Option(flags, description).argParser<T>((text, before) => {
    if (before !== undefined) throw new NixwaveError("wrong-usage", `${name} stands twice`);
    return named(name, parse, text);
  });
}

/** An option that may stand several times, collecting its values in order. */
export function repeatedFlag<T>(flags: string, description: string, parse: Parse<T>): Option {
  const name = longName(flags);
  return new Option(flags, description).argParser<readonly T[]>((text, before) => [
    ...(before ?? []),
    named(name, parse, text),
  ]);
}

/** A text such as a path: anything but nothing. */
export function nonEmpty(text: string): string {
  if (text === "") throw new NixwaveError("wrong-usage", "the value is empty");
  return text;
}

/** `a,b,c`, without empty parts. */
export const commaList =
  <T>(parse: Parse<T>): Parse<readonly T[]> =>
  (text) =>
    text.split(",").map((part) => parse(part.trim()));

/** The option's value, else the variable's, parsed alike; an empty variable counts as unset (CI writes such). */
export function flagOrVariable<T>(
  value: T | undefined,
  io: Pick<CommandIo, "env">,
  variable: string,
  parse: Parse<T>,
): T | undefined {
  const text = io.env[variable];
  return value ?? (text ? named(variable, parse, text) : undefined);
}

/** @throws NixwaveError wrong-usage when there is no value */
export function required<T>(value: T | undefined, ways: string): T {
  if (value === undefined) throw new NixwaveError("wrong-usage", `${ways} is missing`);
  return value;
}

function named<T>(name: string, parse: Parse<T>, text: string): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof NixwaveError)) throw error;
    throw new NixwaveError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}

const longName = (flags: string): string => /--[a-z-]+/.exec(flags)?.[0] ?? flags;
