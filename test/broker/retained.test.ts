import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRetainedCache } from "../../src/broker/retained-cache.ts";
import {
  openRetainedStore,
  type RetainedMessage,
  type RetainedStore,
} from "../../src/broker/retained-store.ts";
import { matches } from "../../src/broker/topic-filter.ts";

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "nixwave-retained-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const newFolder = (): string => {
  count += 1;
  return join(folder, `state-${count}`);
};

const message = (topic: string, text: string, qos: 0 | 1 | 2 = 1): RetainedMessage => ({
  topic,
  payload: new Uint8Array(Buffer.from(text)),
  qos,
});

/** Counts transactions and can fail like a full disk. */
interface WatchedStore extends RetainedStore {
  readonly writes: (readonly RetainedMessage[])[];
  isFull: boolean;
}

function watchedStore(): WatchedStore {
  const watched: WatchedStore = {
    writes: [],
    isFull: false,
    load: () => [],
    write: (changes) => {
      if (watched.isFull) throw new Error("no space");
      watched.writes.push(changes);
    },
    durable: async () => undefined,
    close: () => undefined,
  };
  return watched;
}

describe("what readers see", () => {
  test("is what was kept, by name and by filter, also after opening again", async () => {
    const state = newFolder();
    const store = openRetainedStore(state);
    const cache = openRetainedCache(store);
    await Promise.all([
      cache.keep(message("a/1", "one")),
      cache.keep(message("a/2", "two", 0)),
      cache.keep(message("b", "three")),
    ]);
    await cache.keep(message("b", ""));
    store.close();
    const again = openRetainedStore(state);
    const read = openRetainedCache(again);
    expect([...read.match("a/#")]).toEqual([message("a/1", "one"), message("a/2", "two", 0)]);
    expect([...read.match("a/2")]).toEqual([message("a/2", "two", 0)]);
    expect([...read.match("b")]).toEqual([]);
    again.close();
  });

  test("is never more than the disk has", async () => {
    const store = watchedStore();
    const cache = openRetainedCache(store);
    const kept = cache.keep(message("a", "1"));
    expect([...cache.match("a")]).toEqual([]); // not yet durable, not yet seen
    await kept;
    expect([...cache.match("a")]).toEqual([message("a", "1")]);
    store.isFull = true;
    await expect(cache.keep(message("a", "2"))).rejects.toThrow("no space");
    expect([...cache.match("a")]).toEqual([message("a", "1")]);
  });

  test("follows any sequence of messages like a map does", async () => {
    const step = fc.record({
      topic: fc.constantFrom("a", "b", "c/d"),
      text: fc.constantFrom("", "x", "y"),
      pause: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const cache = openRetainedCache(watchedStore());
        const expected = new Map<string, string>();
        const kept: Promise<boolean>[] = [];
        for (const { topic, text, pause } of steps) {
          kept.push(cache.keep(message(topic, text)));
          if (text === "") expected.delete(topic);
          else expected.set(topic, text);
          if (pause) await kept.at(-1);
        }
        await Promise.all(kept);
        const seen = [...cache.match("#")].map(({ topic, payload }) => [
          topic,
          Buffer.from(payload).toString(),
        ]);
        expect(new Map(seen as [string, string][])).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  test("matches as topics match", async () => {
    const cache = openRetainedCache(null);
    const topics = ["a", "a/b", "a/b/c", "$SYS/a", "/a"];
    await Promise.all(topics.map((topic) => cache.keep(message(topic, "x"))));
    for (const filter of ["#", "a/#", "+", "a/+", "$SYS/#", "/+", "a/b"]) {
      expect([...cache.match(filter)].map(({ topic }) => topic)).toEqual(
        topics.filter((topic) => matches(filter, topic)),
      );
    }
  });
});

describe("the disk", () => {
  test("one turn of the event loop is one transaction", async () => {
    const store = watchedStore();
    const cache = openRetainedCache(store);
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => cache.keep(message(`t/${index}`, "x"))),
    );
    expect(store.writes.map((changes) => changes.length)).toEqual([100]);
  });

  test("repeated state is not written again", async () => {
    const store = watchedStore();
    const cache = openRetainedCache(store);
    await cache.keep(message("a", "same"));
    await cache.keep(message("a", "same"));
    await cache.keep(message("absent", ""));
    expect(store.writes).toHaveLength(1);
  });

  test("what has no room is delivered once and not kept; removing always works", async () => {
    const cache = openRetainedCache(null, { maxMessages: 2, maxBytes: 20 });
    expect(await cache.keep(message("a", "1"))).toBe(true);
    expect(await cache.keep(message("b", "x".repeat(30)))).toBe(false);
    const together = ["c", "d", "e"].map((topic) => cache.keep(message(topic, "1")));
    expect(await Promise.all(together)).toEqual([true, false, false]);
    expect(await cache.keep(message("a", ""))).toBe(true);
    expect(await cache.keep(message("d", "1"))).toBe(true);
    expect([...cache.match("#")].map(({ topic }) => topic)).toEqual(["c", "d"]);
  });
});

describe("the database file", () => {
  const codeOf = (work: () => unknown): unknown => {
    try {
      work();
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
    return "nothing thrown";
  };

  test("is its owner's only, in a folder that is its owner's only", async () => {
    const state = newFolder();
    openRetainedStore(state).close();
    expect((await stat(state)).mode & 0o777).toBe(0o700);
    expect((await stat(join(state, "retained.sqlite"))).mode & 0o777).toBe(0o600);
  });

  test("serves one broker at a time", () => {
    const state = newFolder();
    const first = openRetainedStore(state);
    expect(codeOf(() => openRetainedStore(state))).toBe("broker-state-locked");
    first.close();
    openRetainedStore(state).close();
  });

  test("that is not a database is refused and left alone", async () => {
    const state = newFolder();
    openRetainedStore(state).close();
    const file = join(state, "retained.sqlite");
    await writeFile(file, Buffer.alloc(5000, 0x41));
    expect(codeOf(() => openRetainedStore(state))).toBe("broker-state-unreadable");
    expect((await stat(file)).size).toBe(5000);
  });

  test("with damaged pages is refused", async () => {
    const state = newFolder();
    const store = openRetainedStore(state);
    store.write(Array.from({ length: 500 }, (_, index) => message(`t/${index}`, "x".repeat(100))));
    store.close();
    const file = join(state, "retained.sqlite");
    const bytes = Buffer.alloc((await stat(file)).size - 4096, 0x42);
    const handle = await import("node:fs/promises").then(({ open }) => open(file, "r+"));
    await handle.write(bytes, 0, bytes.length, 4096);
    await handle.close();
    expect(codeOf(() => openRetainedStore(state))).toBe("broker-state-unreadable");
  });

  test.each([
    ["of another program", "PRAGMA application_id = 7; CREATE TABLE notes (text TEXT)"],
    ["of nobody known", "CREATE TABLE retained (topic TEXT)"],
    [
      "of a newer version",
      "PRAGMA application_id = 1316517681; PRAGMA user_version = 2; CREATE TABLE x (y)",
    ],
  ])("%s is refused and left alone", async (_what, statements) => {
    const state = newFolder();
    const { mkdir } = await import("node:fs/promises");
    await mkdir(state);
    const database = new DatabaseSync(join(state, "retained.sqlite"));
    database.exec(statements);
    database.close();
    expect(codeOf(() => openRetainedStore(state))).toBe("broker-state-unreadable");
    expect(codeOf(() => openRetainedStore(state))).toBe("broker-state-unreadable"); // no lock is left
  });

  test("that cannot be written says so", () => {
    expect(codeOf(() => openRetainedStore("/proc/nixwave-state"))).toBe("broker-state-failed");
  });
});
