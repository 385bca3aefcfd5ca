import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { instant } from "../../src/contract/index.ts";
import { AT, ended, events, makeScene, type TestStore } from "./scenes.ts";

const scene = makeScene();
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

const { killed, closed, written } = makeJournal();

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ (1 + (at % 255));
  writeFileSync(file, bytes);
}

/** Whatever was done to the files: either the journal says so and begins anew, or it lacks nothing. */
function expectNoLie(folder: string): boolean {
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

describe("a damaged journal", () => {
  const ofFile = (journal: string, name: string) => ({
    journal,
    name,
    size: readFileSync(join(journal, name)).length,
  });
  const files = [ofFile(killed, "hub-v1.sqlite-wal"), ofFile(closed, "hub-v1.sqlite")];

  test("with any byte flipped never passes for another one", () => {
    const place = fc
      .constantFrom(...files)
      .chain((file) => fc.record({ file: fc.constant(file), at: fc.nat(file.size - 1) }));
    let noticed = 0;
    fc.assert(
      fc.property(place, ({ file: { journal, name }, at }) => {
        const folder = scene.cut(journal);
        flip(join(folder, name), at);
        if (!expectNoLie(folder)) noticed += 1;
      }),
      { numRuns: 30 },
    );
    expect(noticed).toBeGreaterThan(0);
  });

  // sqlite.org/fileformat2.html, section 1.3: among them versions, page size, freelist, encoding, owner.
  test.each([0, 16, 18, 19, 20, 21, 24, 28, 32, 36, 40, 44, 52, 56, 60, 63, 68, 71, 92, 96])(
    "with byte %i of its header flipped never passes for another one, and is opened",
    (at) => {
      {
        const folder = scene.cut(closed);
        flip(join(folder, "hub-v1.sqlite"), at);
        expectNoLie(folder);
      }
    },
  );

  test("cut off anywhere is noticed, the log too", () => {
    const place = fc
      .constantFrom(...files)
      .chain((file) => fc.record({ file: fc.constant(file), at: fc.nat(file.size - 25) }));
    fc.assert(
      fc.property(place, ({ file: { journal, name }, at }) => {
        const folder = scene.cut(journal);
        truncateSync(join(folder, name), at);
        expect(expectNoLie(folder)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  test("whose log is gone is noticed", () => {
    const folder = scene.cut(killed);
    rmSync(join(folder, "hub-v1.sqlite-wal"));
    expect(expectNoLie(folder)).toBe(false);
  });

  test("that is gone is said to be missing", () => {
    const folder = scene.cut(closed);
    rmSync(join(folder, "hub-v1.sqlite"));
    expect(scene.open(folder).recovered).toEqual({
      code: "hub-state-damaged",
      why: expect.stringContaining("missing"),
      movedTo: null,
      savedHistory: 0,
    });
  });

  test("that is no database is moved aside as it is, under a name with the time", () => {
    const folder = scene.cut(closed);
    const file = join(folder, "hub-v1.sqlite");
    writeFileSync(file, "not a database ".repeat(1000));
    const store = scene.open(folder);
    expect(store.recovered).toEqual({
      code: "hub-state-damaged",
      why: `${file}: file is not a database`,
      movedTo: "hub-v1.damaged-20260714T032000000Z.sqlite",
      savedHistory: 0,
    });
    expect(readFileSync(join(folder, String(store.recovered?.movedTo)), "utf8")).toContain("not a");
  });

  test("is still said to be damaged after the hub ended before it knew its state again", () => {
    const folder = scene.cut(closed);
    truncateSync(join(folder, "hub-v1.sqlite"), 5000);
    const first = scene.open(folder);
    first.append(events(1));
    first.close();
    const second = scene.open(folder);
    expect(second.recovered).toEqual(first.recovered);
    expect(second.recovered).not.toBeNull();
    expect(() =>
      second.atomically(() => {
        second.snapshot({ count: 1 });
        throw new RangeError("not yet");
      }),
    ).toThrow(RangeError);
    expect(second.recovered).not.toBeNull();
    second.snapshot({ count: 1 });
    expect(second.recovered).toBeNull();
    second.close();
    expect(scene.open(folder).recovered).toBeNull();
  });

  test("leaves the ended rollouts that can still be read", () => {
    const folder = scene.cut(killed);
    truncateSync(
      join(folder, "hub-v1.sqlite-wal"),
      readFileSync(join(folder, "hub-v1.sqlite-wal")).length - 4000,
    );
    const store = scene.open(folder);
    expect(store.recovered).toMatchObject({ savedHistory: 60 });
    expect(store.history(100)).toEqual(written.past);
  });

  test("is moved aside with its log, in which its newest rollouts are", () => {
    const folder = scene.newFolder();
    const young = scene.open(folder);
    young.recordEnd(ended(1));
    young.append(events(1));
    const cut = scene.cut(folder);
    const log = join(cut, "hub-v1.sqlite-wal");
    truncateSync(log, readFileSync(log).length - 10);
    const { recovered } = scene.open(cut);
    expect(recovered).toMatchObject({ savedHistory: 1 });
    expect(existsSync(join(cut, `${recovered?.movedTo}-wal`))).toBe(true);
    young.close();
  });

  test("leaves at most three files behind, the newest", () => {
    const folder = scene.cut(closed);
    for (let hour = 0; hour < 5; hour++) {
      writeFileSync(join(folder, "hub-v1.sqlite"), "rubbish");
      scene.open(folder, { at: instant(AT + hour * 3_600_000) }).close();
    }
    writeFileSync(join(folder, "hub-v1.sqlite"), "rubbish");
    scene.open(folder, { at: instant(AT + 4 * 3_600_000) }).close();
    expect(
      readdirSync(folder)
        .filter((name) => name.includes("damaged"))
        .sort(),
    ).toEqual([
      "hub-v1.damaged-20260714T062000000Z.sqlite",
      "hub-v1.damaged-20260714T072000000Z-2.sqlite",
      "hub-v1.damaged-20260714T072000000Z.sqlite",
    ]);
  });

  test("is not what a journal is that its reader does not understand, but it is treated alike", () => {
    const folder = scene.cut(closed);
    const store = scene.open(folder, {
      parseState: () => {
        throw new RangeError("count is 300");
      },
    });
    expect(store.recovered?.why).toMatch(/snapshot \d+: count is 300$/);
    expect(store.history(100)).toEqual(written.past);
  });

  test("costs only the ended rollouts that are damaged, when nothing else is", () => {
    const folder = scene.cut(closed);
    const file = join(folder, "hub-v1.sqlite");
    const bytes = readFileSync(file);
    const at = bytes.indexOf("bump 30");
    bytes.write("pumb", at);
    writeFileSync(file, bytes);
    const store = scene.open(folder);
    expect(store).toMatchObject({ recovered: null, lostHistory: 1 });
    expect(store.history(100)).toEqual(written.past.filter(({ past }) => past.title !== "bump 30"));
    expect(store.load()).toEqual({ snapshot: written.snapshot, tail: written.tail });
    store.close();
    expect(scene.open(folder).lostHistory).toBe(0);
  });
});

describe("a journal whose witness is damaged or gone", () => {
  test.each([
    ["gone", (file: string) => rmSync(file)],
    ["rubbish", (file: string) => writeFileSync(file, "9".repeat(26))],
    ["short", (file: string) => truncateSync(file, 3)],
  ])("is opened all the same: %s", (_, spoil) => {
    const folder = scene.cut(killed);
    spoil(join(folder, "hub-v1.seen"));
    expect(expectNoLie(folder)).toBe(true);
  });
});
