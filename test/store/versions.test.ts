import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openStore, SCHEMA, type Schema, sealOf } from "../../src/store/index.ts";
import { ended, events, makeScene, OPTIONS, type TestStore } from "./scenes.ts";

const scene = makeScene();

/** The next hub's state counts in another word; its events are the same. */
const NEXT: Schema = {
  steps: [
    ...SCHEMA.steps,
    (database) => {
      const row = database.prepare("SELECT step, body FROM snapshot").get();
      if (!row) return;
      const { count } = JSON.parse(String(row["body"])) as { count: number };
      const body = JSON.stringify({ amount: count });
      database
        .prepare("UPDATE snapshot SET body = ?, seal = ?")
        .run(body, sealOf("snapshot", Number(row["step"]), body));
    },
  ],
};

const openNext = (folder: string, schema = NEXT) =>
  openStore(folder, {
    ...OPTIONS,
    schema,
    parseState: (json) => {
      const { amount } = json as { amount?: unknown };
      if (typeof amount !== "number") throw new Error("there is no amount");
      return { amount };
    },
  });

function journalOfThisHub(): string {
  const folder = scene.newFolder();
  const store = scene.open(folder);
  store.append(events(1, 2));
  store.snapshot({ count: 2 });
  store.append(events(3));
  store.keep("soak", 7);
  store.recordEnd(ended(1));
  store.close();
  return folder;
}

const recallSoak = (store: Pick<TestStore, "recall">) => store.recall("soak", (json) => json);

describe("a newer hub", () => {
  test("takes everything over, in its own form", () => {
    const folder = journalOfThisHub();
    const store = openNext(folder);
    expect(store).toMatchObject({ migratedFrom: 1, recovered: null, lostHistory: 0 });
    expect(store.load()).toEqual({ snapshot: { amount: 2 }, tail: events(3) });
    expect(recallSoak(store)).toBe(7);
    expect(store.history(9)).toEqual([ended(1)]);
    store.append(events(4));
    store.close();
    const again = openNext(folder);
    expect(again.migratedFrom).toBeNull();
    expect(again.load().tail).toEqual(events(3, 4));
    again.close();
  });

  test("takes over what the older one left in its log when it was killed", () => {
    const folder = scene.newFolder();
    const store = scene.open(folder);
    store.append(events(1));
    const killed = scene.cut(folder);
    const next = openNext(killed);
    expect(next.load().tail).toEqual(events(1));
    next.close();
  });

  test("leaves the older one's journal as it was until it is told to forget it", () => {
    const folder = journalOfThisHub();
    const before = readFileSync(join(folder, "hub-v1.sqlite"));
    const next = openNext(folder);
    next.append(events(4));
    next.snapshot({ amount: 99 });
    expect(readFileSync(join(folder, "hub-v1.sqlite")).equals(before)).toBe(true);
    next.forgetPrevious();
    next.forgetPrevious();
    expect(readdirSync(folder).filter((name) => name.startsWith("hub-v1"))).toEqual([]);
    next.append(events(5));
    next.close();
    const again = openNext(folder);
    expect(again).toMatchObject({ migratedFrom: null, recovered: null });
    expect(again.load()).toEqual({ snapshot: { amount: 99 }, tail: events(5) });
    again.close();
  });

  test("is not let in beside the older one, nor the older beside it", () => {
    const folder = journalOfThisHub();
    const older = scene.open(folder);
    expect(() => openNext(folder)).toThrow(/process \d+ uses it/);
    older.close();
    const next = openNext(folder);
    expect(() => scene.open(folder)).toThrow(/process \d+ uses it/);
    next.close();
  });

  test("skips versions: the oldest journal goes through every step", () => {
    const folder = journalOfThisHub();
    const store = openNext(folder, { steps: [...NEXT.steps, () => undefined] });
    expect(store.migratedFrom).toBe(1);
    expect(store.load().snapshot).toEqual({ amount: 2 });
    store.close();
    expect(readdirSync(folder).filter((name) => name.endsWith(".sqlite"))).toEqual([
      "hub-v1.sqlite",
      "hub-v3.sqlite",
    ]);
  });

  test("begins with the whole form in a new home", () => {
    const folder = scene.newFolder();
    const store = openNext(folder);
    store.snapshot({ amount: 1 });
    expect(store).toMatchObject({ recovered: null, migratedFrom: null });
    store.close();
    expect(existsSync(join(folder, "hub-v1.sqlite"))).toBe(false);
  });
});

describe("an older hub that is back after a trial of a newer one", () => {
  test("finds its own journal as it left it, and goes on", () => {
    const folder = journalOfThisHub();
    const next = openNext(folder);
    next.append(events(40, 41));
    next.close();
    const older = scene.open(folder);
    expect(older.recovered).toBeNull();
    expect(older.load()).toEqual({ snapshot: { count: 2 }, tail: events(3) });
    older.append(events(4));
    older.close();
  });

  test("is the one that counts when the newer is tried once more", () => {
    const folder = journalOfThisHub();
    const first = openNext(folder);
    first.append(events(40, 41, 42, 43));
    first.close();
    const older = scene.open(folder);
    older.append(events(4));
    older.close();
    const second = openNext(folder);
    expect(second).toMatchObject({ migratedFrom: 1, recovered: null });
    expect(second.load().tail).toEqual(events(3, 4));
    second.close();
    expect(readdirSync(folder)).toContain("hub-v2.abandoned-20260714T032000000Z.sqlite");
    const third = openNext(folder);
    expect(third.migratedFrom).toBeNull();
    third.close();
  });

  test("whose journal is gone begins anew, says so, and keeps the history; the newer stays as it is", () => {
    const folder = journalOfThisHub();
    const next = openNext(folder);
    next.recordEnd(ended(2));
    next.forgetPrevious();
    next.close();
    const newer = readFileSync(join(folder, "hub-v2.sqlite"));
    const older = scene.open(folder);
    expect(older.recovered).toEqual({
      code: "hub-state-newer",
      why: expect.stringContaining("version 2"),
      movedTo: null,
      savedHistory: 2,
    });
    expect(older.load()).toEqual({ snapshot: null, tail: [] });
    expect(older.history(9)).toEqual([ended(2), ended(1)]);
    expect(readFileSync(join(folder, "hub-v2.sqlite")).equals(newer)).toBe(true);
    older.snapshot({ count: 5 });
    older.close();
    const back = openNext(folder);
    expect(back.load().snapshot).toEqual({ amount: 5 });
    expect(back.history(9)).toEqual([ended(2), ended(1)]);
    back.close();
  });
});

describe("a journal that a newer hub cannot take over", () => {
  const refuses: Schema = {
    steps: [
      ...SCHEMA.steps,
      (database) => {
        if (database.prepare("SELECT 1 FROM snapshot").get()) throw new RangeError("no such word");
      },
    ],
  };

  test.each([
    ["because it is damaged", NEXT, "rubbish", "file is not a database", 0],
    ["because a step fails", refuses, null, "no such word", 1],
  ])("%s, stays where it is for the older one", (_, schema, rubbish, why, savedHistory) => {
    const folder = journalOfThisHub();
    const file = join(folder, "hub-v1.sqlite");
    if (rubbish !== null) writeFileSync(file, rubbish);
    const left = readFileSync(file);
    const store = openNext(folder, schema);
    expect(store.recovered).toEqual({
      code: "hub-state-damaged",
      why: expect.stringContaining(why),
      movedTo: null,
      savedHistory,
    });
    store.snapshot({ amount: 1 });
    store.close();
    expect(readFileSync(file).equals(left)).toBe(true);
    const again = openNext(folder, schema);
    expect(again).toMatchObject({ recovered: null, migratedFrom: null });
    expect(again.load().snapshot).toEqual({ amount: 1 });
    again.close();
  });
});

describe("a newer hub's own damage, before the older journal is forgotten", () => {
  test("begins anew once, and keeps what was learned since", () => {
    const folder = journalOfThisHub();
    openNext(folder).close();
    writeFileSync(join(folder, "hub-v2.sqlite"), "rubbish");
    const store = openNext(folder);
    expect(store.recovered).toMatchObject({ code: "hub-state-damaged" });
    store.snapshot({ amount: 8 });
    store.close();
    const again = openNext(folder);
    expect(again).toMatchObject({ recovered: null, migratedFrom: null });
    expect(again.load().snapshot).toEqual({ amount: 8 });
    again.close();
  });
});
