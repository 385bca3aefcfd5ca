import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { instant } from "../../src/contract/index.ts";
import { AT, ended, events } from "./scenes.ts";
import { closed, killed, scene, written } from "./spoilt-journal.ts";

describe("a damaged journal, when it is opened", () => {
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

  test("is not thrown away at once where the clock says 1970", () => {
    const folder = scene.cut(closed);
    const spoilt = "rubbish ".repeat(2000);
    for (const hour of [1, 2, 3, 0]) {
      writeFileSync(join(folder, "hub-v1.sqlite"), spoilt);
      scene.open(folder, { at: instant(hour && AT + hour * 3_600_000) }).close();
    }
    const left = readdirSync(folder).filter((name) => name.endsWith("Z.sqlite"));
    expect(left.sort()).toEqual([
      "hub-v1.damaged-19700101T000000000Z.sqlite",
      "hub-v1.damaged-20260714T052000000Z.sqlite",
      "hub-v1.damaged-20260714T062000000Z.sqlite",
    ]);
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

  test("is treated as one that its reader does not understand", () => {
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
