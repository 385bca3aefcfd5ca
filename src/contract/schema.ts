/**
 * Builders that make a JSON Schema and its TypeScript type in one expression, so that the two cannot
 * drift and a branded type can only come out of the pattern that defines it. tools/validators.ts
 * compiles the schemas with ajv ahead of time: no host compiles a schema at run time.
 */
export interface Schema<T> {
  readonly json: Readonly<Record<string, unknown>>;
  /** Carries the type only; never present at run time. */
  readonly parsed?: T;
}

export type Parsed<S> = S extends Schema<infer T> ? T : never;

type Fields = Readonly<Record<string, Schema<unknown>>>;
type Known<F extends Fields> = { readonly [K in keyof F]: Parsed<F[K]> };
type Maybe<F extends Fields> = { readonly [K in keyof F]?: Parsed<F[K]> };

/** In words what a pattern asks for, so that an error need not show a regular expression. */
export const patternMeanings = new Map<string, string>();

/** A string matching `pattern`, which must be anchored and bound its length (ajv's maxLength needs a run-time import). */
export function text<T extends string = string>(pattern: RegExp, meaning: string): Schema<T> {
  patternMeanings.set(pattern.source, meaning);
  return { json: { type: "string", pattern: pattern.source } };
}

export function integer<T extends number = number>(minimum: number, maximum: number): Schema<T> {
  return { json: { type: "integer", minimum, maximum } };
}

export function oneOf<const T extends string | number>(...values: readonly T[]): Schema<T> {
  return { json: { type: typeof values[0] === "number" ? "number" : "string", enum: values } };
}

export const flag: Schema<boolean> = { json: { type: "boolean" } };

export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return { json: { anyOf: [{ type: "null" }, schema.json] } };
}

export function list<T>(
  items: Schema<T>,
  minItems: number,
  maxItems: number,
): Schema<readonly T[]> {
  return { json: { type: "array", items: items.json, minItems, maxItems } };
}

/** Exactly these fields; whether unknown ones are refused or dropped is decided where the schema is compiled. */
export function object<R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional?: O,
): Schema<Known<R> & Maybe<O>> {
  const properties = Object.fromEntries(
    Object.entries({ ...required, ...optional }).map(([name, schema]) => [name, schema.json]),
  );
  return {
    json: {
      type: "object",
      properties,
      required: Object.keys(required),
      additionalProperties: false,
    },
  };
}

/** The one place inside a signed payload where a newer signer may add fields (DESIGN 5, "Versions meet"). */
export const extension: Schema<Readonly<Record<string, unknown>>> = { json: { type: "object" } };
