import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closed, expectNoLie, killed, scene } from "./spoilt-journal.ts";

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ (1 + (at % 255));
  writeFileSync(file, bytes);
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
