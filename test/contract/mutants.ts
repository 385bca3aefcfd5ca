import fc from "fast-check";

type Change = (bytes: Buffer) => Buffer;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const index = (bytes: Buffer, where: number): number => Math.floor(where * bytes.length);

const flip: fc.Arbitrary<Change> = fc.tuple(place, fc.nat(7)).map(([where, bit]) => (bytes) => {
  const changed = Buffer.from(bytes);
  const at = index(bytes, where);
  changed[at] = (changed[at] ?? 0) ^ (1 << bit);
  return changed;
});
const truncate: fc.Arbitrary<Change> = place.map(
  (where) => (bytes) => bytes.subarray(0, index(bytes, where)),
);
const insert: fc.Arbitrary<Change> = fc
  .tuple(
    place,
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }).map((raw) => Buffer.from(raw)),
      fc.constantFrom(" ", "\n", "0", "A", "=", '"', ",", "}", '"v":1,', '"keyid":"x",', "\u0000"),
    ),
  )
  .map(([where, extra]) => (bytes) => {
    const at = index(bytes, where);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from(extra), bytes.subarray(at)]);
  });
const remove: fc.Arbitrary<Change> = fc
  .tuple(place, fc.integer({ min: 1, max: 40 }))
  .map(([where, count]) => (bytes) => {
    const at = index(bytes, where);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
  });
const repeat: fc.Arbitrary<Change> = fc
  .tuple(place, place, fc.integer({ min: 1, max: 60 }))
  .map(([from, to, count]) => (bytes) => {
    const piece = bytes.subarray(index(bytes, from), index(bytes, from) + count);
    const at = index(bytes, to);
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  });

/** What a broker, a disk or an attacker without keys may do to bytes: one to three changes. */
export const mutation: fc.Arbitrary<Change> = fc
  .array(fc.oneof(flip, truncate, insert, remove, repeat), { minLength: 1, maxLength: 3 })
  .map((changes) => (bytes) => changes.reduce((before, change) => change(before), bytes));

/** Every `[path, value]` of a JSON value that an object's field holds. */
function fieldsOf(value: unknown, holder: string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    [...holder, name],
    ...fieldsOf(inner, [...holder, name]),
  ]);
}

const read = (value: unknown, path: readonly string[]): unknown =>
  path.reduce((inner, name) => (inner as Record<string, unknown>)[name], value);

function write(value: object, path: readonly string[], replacement: unknown): void {
  const holder = read(value, path.slice(0, -1)) as Record<string, unknown>;
  const name = path.at(-1) ?? "";
  if (replacement === undefined) delete holder[name];
  else holder[name] = replacement;
}

type Rearrangement = (value: object, a: readonly string[], b: readonly string[]) => void;

const drop: Rearrangement = (value, a) => write(value, a, undefined);
const replaceBy =
  (json: unknown): Rearrangement =>
  (value, a) =>
    write(value, a, json);
/** Where one of the two lies inside the other, the inner one only takes the outer one's place. */
const swap: Rearrangement = (value, a, b) => {
  const [atA, atB] = [structuredClone(read(value, a)), structuredClone(read(value, b))];
  write(value, a, atB);
  if (fieldsOf(value).some((path) => path.join("/") === b.join("/"))) write(value, b, atA);
};

const how = fc.oneof(fc.constantFrom(drop, swap), fc.jsonValue().map(replaceBy));

/** Rearranges a JSON object: fields swapped, dropped, or replaced by any JSON. */
export const rearrangement: fc.Arbitrary<(value: object) => object> = fc
  .array(fc.tuple(place, place, how), { minLength: 1, maxLength: 3 })
  .map((changes) => (value) => {
    const changed = structuredClone(value);
    for (const [first, second, rearrange] of changes) {
      const paths = fieldsOf(changed);
      const a = paths[Math.floor(first * paths.length)];
      const b = paths[Math.floor(second * paths.length)];
      if (a && b) rearrange(changed, a, b);
    }
    return changed;
  });
