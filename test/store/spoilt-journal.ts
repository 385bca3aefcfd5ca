import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { ended, events, makeScene, type TestStore } from "./scenes.ts";

export const scene = makeScene();
const asIs = (json: unknown): unknown => json;

/** Enough for several pages of each kind; the last commits are in the log only. */
function fill(store: TestStore): void {
  store.atomically(() => {
    for (let number = 0; number < 60; number++) store.recordEnd(ended(number));
    store.append(events(...Array.from({ length: 300 }, (_, n) => n)));
    store.snapshot({ count: 300 });
    store.append(events(...Array.from({ length: 200 }, (_, n) => n)));
  });
  for (let n = 0; n < 5; n++) {
    store.append(events(1000 + n));
    store.keep("soak", { healthyMs: n });
  }
}

const readAll = (store: TestStore) => ({
  ...store.load(),
  soak: store.recall("soak", asIs),
  past: store.history(100),
});

function makeJournal() {
  const folder = scene.newFolder();
  const store = scene.open(folder);
  fill(store);
  const killed = scene.cut(folder);
  const written = readAll(store);
  store.close();
  return { killed, closed: folder, written };
}

export const { killed, closed, written } = makeJournal();

/** Whatever was done to the files: either the journal says so and begins anew, or it lacks nothing. */
export function expectNoLie(folder: string): boolean {
  const store = scene.open(folder);
  const found = readAll(store);
  const titles = new Set(written.past.map(({ past }) => past.title));
  expect(found.past.every(({ past }) => titles.has(past.title))).toBe(true);
  if (store.recovered === null) {
    expect({ ...found, past: null }).toEqual({ ...written, past: null });
    expect(found.past.length + store.lostHistory).toBe(written.past.length);
  } else {
    expect(found).toMatchObject({ snapshot: null, tail: [], soak: null });
    expect(found.past).toHaveLength(store.recovered.savedHistory);
    const { movedTo } = store.recovered;
    expect(movedTo !== null && existsSync(join(folder, movedTo))).toBe(true);
  }
  const isWhole = store.recovered === null;
  store.append(events(1));
  store.snapshot({ count: 1 });
  store.close();
  const next = scene.open(folder);
  expect(next.recovered).toBeNull();
  expect(next.load()).toEqual({ snapshot: { count: 1 }, tail: [] });
  next.close();
  return isWhole;
}
