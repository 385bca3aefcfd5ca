import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { NixwaveError, parseDuration, parseSessionId } from "../../src/contract/index.ts";
import { keepHubMemory, recallHubMemory } from "../../src/store/index.ts";
import { AT, ended, events, makeScene, rollout, type TestStore } from "./scenes.ts";

const scene = makeScene();
const asIs = (json: unknown): unknown => json;
const titles = (store: TestStore, limit = 100): string[] =>
  store.history(limit).map(({ past }) => past.title);

const caught = (act: () => unknown): NixwaveError => {
  try {
    act();
  } catch (error) {
    if (error instanceof NixwaveError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("a restarted hub", () => {
  test("finds the last snapshot and the events after it, in their order", () => {
    const folder = scene.newFolder();
    const before = scene.open(folder);
    expect(before.load()).toEqual({ snapshot: null, tail: [] });
    before.append(events(1, 2));
    before.snapshot({ count: 2 });
    before.append(events(3));
    before.append(events(4, 5));
    expect(before.tailLength).toBe(3);
    before.close();
    const after = scene.open(folder);
    expect(after.load()).toEqual({ snapshot: { count: 2 }, tail: events(3, 4, 5) });
    expect(after).toMatchObject({ tailLength: 3, recovered: null, migratedFrom: null });
    after.append(events(6));
    expect(after.load().tail).toEqual(events(3, 4, 5, 6));
  });

  test("finds soak and baseline under their keys, and not what was forgotten", () => {
    const folder = scene.newFolder();
    const before = scene.open(folder);
    before.keep("soak/r1/nuc", { healthyMs: 1 });
    before.keep("soak/r1/nuc", { healthyMs: 2 });
    before.keep("soak/r1/rp4", { healthyMs: 3 });
    before.keep("soak/r10/nuc", { healthyMs: 4 });
    before.forget("soak/r1");
    before.keep("baseline", [21.5]);
    before.close();
    const after = scene.open(folder);
    const keys = ["soak/r1/nuc", "soak/r1/rp4", "soak/r10/nuc", "baseline", ""];
    expect(keys.map((key) => after.recall(key, asIs))).toEqual([
      null,
      null,
      { healthyMs: 4 },
      [21.5],
      null,
    ]);
  });

  test("after it forgot the last thing it wrote, is not taken for damaged", () => {
    const folder = scene.newFolder();
    const before = scene.open(folder);
    before.keep("soak", 1);
    before.forget("soak");
    before.forget("nothing");
    before.close();
    expect(scene.open(folder).recovered).toBeNull();
  });

  test("knows which hub it is", () => {
    const folder = scene.newFolder();
    const before = scene.open(folder);
    expect(recallHubMemory(before)).toBeNull();
    const hub = { instance: parseSessionId("0b9f21de-7c1b-4b5e"), lastCounter: 1_752_462_000_000 };
    keepHubMemory(before, hub);
    before.close();
    const after = scene.open(folder);
    expect(recallHubMemory(after)).toEqual(hub);
    const { instance } = hub;
    for (const unreadable of [
      ...[null, { lastCounter: 1 }, { instance, lastCounter: -1 }, { instance, lastCounter: 0.5 }],
      { instance, lastCounter: "1" },
    ]) {
      after.keep("hub", unreadable);
      expect(caught(() => recallHubMemory(after)).code).toBe("hub-state-damaged");
    }
    after.keep("hub", { instance, lastCounter: 0 });
    expect(recallHubMemory(after)).toEqual({ instance, lastCounter: 0 });
  });
});

describe("several calls in one commit", () => {
  test("are all there, or none", () => {
    const folder = scene.newFolder();
    const store = scene.open(folder);
    const result = store.atomically(() => {
      store.append(events(1));
      store.keep("soak", 1);
      return store.atomically(() => "inner");
    });
    expect(result).toBe("inner");
    const fails = () =>
      store.atomically(() => {
        store.append(events(2));
        store.keep("soak", 2);
        store.append([undefined as never]);
      });
    expect(fails).toThrow(TypeError);
    expect(store.recall("soak", asIs)).toBe(1);
    store.append(events(3));
    expect(store.load().tail).toEqual(events(1, 3));
    expect(caught(() => store.keep("", 1)).code).toBe("internal-error");
  });
});

describe("the history", () => {
  test("shows the newest first, page by page", () => {
    const store = scene.open(scene.newFolder());
    for (const number of [1, 2, 3, 4, 5]) store.recordEnd(ended(number));
    expect(store.history(2).map(({ rollout: id }) => id)).toEqual(["r5", "r4"]);
    expect(store.history(2, rollout(4)).map(({ rollout: id }) => id)).toEqual(["r3", "r2"]);
    expect(store.history(2, rollout(77))).toEqual([]);
    expect(store.history(1)).toEqual([ended(5)]);
  });

  test("names a rollout once, however often its end is told", () => {
    const store = scene.open(scene.newFolder());
    store.recordEnd(ended(1));
    store.recordEnd(ended(2));
    store.recordEnd({ ...ended(2), past: { title: "again" } });
    expect(titles(store)).toEqual(["again", "bump 1"]);
  });

  test("forgets what ended more than a year before the newest, but never the last fifty", () => {
    const store = scene.open(scene.newFolder());
    const day = parseDuration("1d");
    store.atomically(() => {
      for (let number = 0; number < 500; number++)
        store.recordEnd(ended(number, AT + number * day));
    });
    expect(store.history(1000)).toHaveLength(366);
    store.recordEnd(ended(500, AT + 36_500 * day)); // a clock that is a century ahead
    expect(store.history(1000)).toHaveLength(50);
    store.recordEnd(ended(501, AT));
    expect(titles(store, 2)).toEqual(["bump 501", "bump 500"]);
  });

  test("is never longer than ten thousand", () => {
    const store = scene.open(scene.newFolder());
    store.atomically(() => {
      for (let number = 0; number < 10_020; number++) store.recordEnd(ended(number));
    });
    expect(store.history(20_000)).toHaveLength(10_000);
  });
});

describe("the state folder", () => {
  test("belongs to one hub at a time", () => {
    const folder = scene.newFolder();
    const first = scene.open(folder);
    const refusal = caught(() => scene.open(folder));
    expect(refusal.code).toBe("hub-state-locked");
    expect(refusal.message).toContain(`process ${process.pid}`);
    first.append(events(1));
    first.close();
    first.close();
    expect(readdirSync(folder).sort()).toEqual(["hub-v1.seen", "hub-v1.sqlite", "hub.lock"]);
    expect(scene.open(folder).load().tail).toEqual(events(1));
  });

  test("stays usable with somebody's bytes in the lock, and is refused without knowing by whom", () => {
    const folder = scene.newFolder();
    scene.open(folder).close();
    writeFileSync(join(folder, "hub.lock"), "x".repeat(4096));
    const store = scene.open(folder);
    writeFileSync(join(folder, "hub.pid"), "rubbish");
    expect(caught(() => scene.open(folder)).message).toContain("another process");
    store.append(events(1));
  });

  test("that cannot be made is said with its name", () => {
    const folder = join(scene.newFolder(), "deeper");
    const refusal = caught(() => scene.open(folder));
    expect(refusal).toMatchObject({ code: "hub-state-failed", where: folder });
  });
});
