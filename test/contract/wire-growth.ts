import { OPEN_SCHEMAS, STRICT_SCHEMAS } from "../../src/contract/payloads.ts";

type Json = Readonly<Record<string, unknown>>;

/** What one version of the wire has published: the schema of each payload, by its name. */
export interface PublishedWire {
  /** Signed: not a letter of them changes within a version. */
  readonly signed: Readonly<Record<string, Json>>;
  /** All others only grow, by fields that may be missing. */
  readonly open: Readonly<Record<string, Json>>;
}

const jsonOf = (schemas: Readonly<Record<string, { readonly json: Json }>>) =>
  Object.fromEntries(Object.entries(schemas).map(([name, { json }]) => [name, json]));

const { statement, order } = STRICT_SCHEMAS;

/** As the checkout has it. */
export const wireNow = (): PublishedWire => ({
  signed: jsonOf({ statement, order }),
  open: jsonOf(OPEN_SCHEMAS),
});

/** Where `now` would not read what was written before, or would write what a reader of then refuses. */
export function faultsOf(before: unknown, now: unknown, at: string): readonly string[] {
  if (!isObject(before) || !isObject(now)) return same(before, now, at);
  const { properties: fieldsBefore, required: requiredBefore, ...restBefore } = before;
  const { properties: fields, required, ...rest } = now;
  if (fieldsBefore === undefined || fields === undefined) return eachOf(before, now, at);
  return [
    ...same(sorted(requiredBefore), sorted(required), `${at}: its required fields`),
    ...same(restBefore, rest, at),
    ...Object.entries(fieldsBefore as Json).flatMap(([name, schema]) =>
      faultsOf(schema, (fields as Json)[name], `${at}/${name}`),
    ),
  ];
}

const eachOf = (before: Json, now: Json, at: string): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) => {
    const [was, is] = [before[key], now[key]];
    if (!Array.isArray(was) || !Array.isArray(is) || !was.some(isObject)) {
      return faultsOf(was, is, at);
    }
    return Array.from({ length: Math.max(was.length, is.length) }, (_, index) =>
      faultsOf(was[index], is[index], at),
    ).flat();
  });

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const sorted = (list: unknown): unknown => (Array.isArray(list) ? list.toSorted() : list);

const same = (before: unknown, now: unknown, at: string): readonly string[] => {
  const [was, is] = [JSON.stringify(before), JSON.stringify(now)];
  return was === is ? [] : [`${at} was ${was}, is ${is}`];
};
