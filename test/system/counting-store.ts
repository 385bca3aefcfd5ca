import { expect } from "vitest";
import { instant, NixwaveError } from "../../src/contract/index.ts";
import { openStore, SCHEMA, type Store } from "../../src/store/index.ts";

interface Counted {
  readonly n: number;
}
export type TestStore = Store<{ count: number }, Counted, null>;
export const open = (folder: string, schema = SCHEMA): TestStore =>
  openStore(folder, {
    schema,
    parseState: (json) => json as { count: number },
    parseEvent: (json) => json as Counted,
    parsePast: () => null,
    at: instant(Date.now()),
  });

export const caught = (act: () => unknown): NixwaveError => {
  try {
    act();
  } catch (error) {
    if (error instanceof NixwaveError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

/** Everything up to the returned number, without a gap, and what belongs to one commit together. */
export function highestOf(store: TestStore): number {
  expect(store.recovered).toBeNull();
  const { snapshot, tail } = store.load();
  const count = snapshot?.count ?? 0;
  expect(tail.map(({ n }) => n)).toEqual(tail.map((_, index) => count + 1 + index));
  const highest = count + tail.length;
  const soak = Math.floor(highest / 3) * 3;
  expect(store.recall("soak", (json) => json) ?? 0).toBe(soak);
  return highest;
}
