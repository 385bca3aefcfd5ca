import fc from "fast-check";
import { expect, test } from "vitest";
import { ended, events, makeScene, type TestStore } from "./scenes.ts";

const scene = makeScene();

/** What a journal should hold, kept in plain variables. */
class Model {
  snapshot: { count: number } | null = null;
  tail: { n: number }[] = [];
  readonly kept = new Map<string, unknown>();
  past: string[] = [];
}

const CALLS = {
  append: (store: TestStore, model: Model, n: number) => {
    const some = events(...Array.from({ length: n }, (_, index) => index));
    store.append(some);
    model.tail = [...model.tail, ...some];
  },
  snapshot: (store: TestStore, model: Model, n: number) => {
    store.snapshot({ count: n });
    model.snapshot = { count: n };
    model.tail = [];
  },
  keep: (store: TestStore, model: Model, n: number) => {
    store.keep(`key${n}`, n);
    model.kept.set(`key${n}`, n);
  },
  forget: (store: TestStore, model: Model, n: number) => {
    store.forget(`key${n}`);
    model.kept.delete(`key${n}`);
  },
  end: (store: TestStore, model: Model, n: number) => {
    store.recordEnd(ended(n));
    model.past = [`bump ${n}`, ...model.past.filter((title) => title !== `bump ${n}`)];
  },
  changeTheMind: (store: TestStore, _model: Model, n: number) => {
    const act = () =>
      store.atomically(() => {
        for (const name of ["append", "snapshot", "keep", "forget", "end"] as const)
          CALLS[name](store, new Model(), n);
        throw new RangeError("changed its mind");
      });
    expect(act).toThrow(RangeError);
  },
};
type CallName = keyof typeof CALLS;
const NAMES = Object.keys(CALLS) as CallName[];

function expectSame(store: TestStore, model: Model): void {
  expect(store.load()).toEqual({ snapshot: model.snapshot, tail: model.tail });
  expect(store.tailLength).toBe(model.tail.length);
  for (const key of ["key0", "key1", "key2", "key3"])
    expect(store.recall(key, (json) => json)).toEqual(model.kept.get(key) ?? null);
  expect(store.history(100).map(({ past }) => past.title)).toEqual(model.past);
  expect(store).toMatchObject({ recovered: null, lostHistory: 0 });
}

test("a journal holds what a model of it holds, after any calls, and over restarts and kills", () => {
  const call = fc.record({ name: fc.constantFrom(...NAMES), n: fc.nat(3) });
  const life = fc.record({ calls: fc.array(call, { maxLength: 8 }), isKilled: fc.boolean() });
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 4 }), (lives) => {
      const model = new Model();
      let folder = scene.newFolder();
      for (const { calls, isKilled } of lives) {
        const store = scene.open(folder);
        expectSame(store, model);
        for (const { name, n } of calls) CALLS[name](store, model, n);
        expectSame(store, model);
        if (isKilled) folder = scene.cut(folder);
        store.close();
      }
      const last = scene.open(folder);
      expectSame(last, model);
      last.close();
    }),
    { numRuns: 30 },
  );
});
