import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// biome-ignore lint/correctness/noUnresolvedImports: Biome's list of Node's modules lacks it
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import { faultOf, lockFolder } from "../../src/disk/index.ts";
import { SCHEMA, sealOf } from "../../src/store/index.ts";
import { ended, events, makeScene } from "./scenes.ts";

const scene = makeScene();
const NEXT = { steps: [...SCHEMA.steps, () => undefined] };
const asIs = (json: unknown): unknown => json;

/** Somebody looks into the file with another program. */
function holding<Result>(file: string, act: () => Result): Result {
  const other = new DatabaseSync(file, { timeout: 0 });
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  try {
    return act();
  } finally {
    other.exec("ROLLBACK");
    other.close();
  }
}

function spoil(file: string, ...words: readonly string[]): void {
  const bytes = readFileSync(file);
  for (const word of words) bytes.write("spoilt", bytes.indexOf(word));
  writeFileSync(file, bytes);
}

function closedJournal(): string {
  const folder = scene.newFolder();
  const store = scene.open(folder);
  store.append(events(1));
  store.recordEnd(ended(1));
  store.close();
  return folder;
}

describe("a journal that another program holds", () => {
  test("is refused as held, not taken for damaged, and opened when it is free again", () => {
    const folder = closedJournal();
    const file = join(folder, "hub-v1.sqlite");
    const refused = { code: "hub-state-locked", message: `${file}: another process holds it` };
    holding(file, () => expect(() => scene.open(folder)).toThrow(expect.objectContaining(refused)));
    expect(scene.open(folder)).toMatchObject({ recovered: null, tailLength: 1 });
  });

  test("is not passed over by a newer hub, be it its own or the older one", () => {
    const folder = closedJournal();
    holding(join(folder, "hub-v1.sqlite"), () =>
      expect(() => scene.open(folder, { schema: NEXT })).toThrow(/another process holds it/),
    );
    scene.open(folder, { schema: NEXT }).close();
    for (const name of ["hub-v1.sqlite", "hub-v2.sqlite"])
      holding(join(folder, name), () =>
        expect(() => scene.open(folder, { schema: NEXT })).toThrow(/another process holds it/),
      );
    const next = scene.open(folder, { schema: NEXT });
    expect(next).toMatchObject({ recovered: null, migratedFrom: null, tailLength: 1 });
  });
});

describe("a newer hub that found its journal damaged and could not begin anew at once", () => {
  /** The older one's journal is held at that moment. */
  function interrupted(): string {
    const folder = closedJournal();
    const next = scene.open(folder, { schema: NEXT });
    next.recordEnd(ended(2));
    next.close();
    spoil(join(folder, "hub-v2.sqlite"), "SQLite format");
    holding(join(folder, "hub-v1.sqlite"), () =>
      expect(() => scene.open(folder, { schema: NEXT })).toThrow(/another process holds it/),
    );
    return folder;
  }

  test("says so when it can, and does not take the older journal for the newest state", () => {
    const folder = interrupted();
    const next = scene.open(folder, { schema: NEXT });
    const movedTo = "hub-v2.damaged-20260714T032000000Z.sqlite";
    expect(next.recovered).toMatchObject({
      code: "hub-state-damaged",
      why: expect.stringMatching(/hub-v2\.sqlite is missing$/),
      movedTo,
    });
    expect(next.load()).toEqual({ snapshot: null, tail: [] });
    next.snapshot({ count: 7 });
    next.close();
    const again = scene.open(folder, { schema: NEXT });
    expect(again).toMatchObject({ recovered: null, migratedFrom: null });
    expect(again.load().snapshot).toEqual({ count: 7 });
  });
});

describe("a folder with something else where a file should be", () => {
  test.each(["hub-v1.sqlite", "hub-v1.seen", "hub.pid"])(
    "is refused and nothing is thrown away: %s",
    (name) => {
      const folder = scene.newFolder();
      mkdirSync(folder);
      mkdirSync(join(folder, name));
      expect(() => scene.open(folder)).toThrow(
        expect.objectContaining({ code: "hub-state-failed" }),
      );
      rmdirSync(join(folder, name));
      expect(scene.open(folder).tailLength).toBe(0); // no lock was left either
    },
  );

  test("is refused also with a journal that is sound", () => {
    const folder = closedJournal();
    rmSync(join(folder, "hub-v1.seen"));
    mkdirSync(join(folder, "hub-v1.seen"));
    expect(() => scene.open(folder)).toThrow(expect.objectContaining({ code: "hub-state-failed" }));
    rmdirSync(join(folder, "hub-v1.seen"));
    expect(scene.open(folder)).toMatchObject({ recovered: null, tailLength: 1 });
  });
});

describe("a journal whose pages go away while it is open", () => {
  test("says so to whoever asks for what is gone", () => {
    const folder = scene.newFolder();
    const first = scene.open(folder);
    const title = "x".repeat(20_000);
    first.atomically(() => {
      for (let number = 0; number < 400; number++)
        first.recordEnd({ ...ended(number), past: { title } }); // far more than is cached
    });
    first.close();
    const store = scene.open(folder);
    truncateSync(join(folder, "hub-v1.sqlite"), 16_384);
    const refusal = { code: expect.stringMatching(/^hub-state-(damaged|failed)$/) };
    expect(() => store.history(1000)).toThrow(expect.objectContaining(refusal));
  });
});

describe("the lock of a folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "nixwave-lock-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("is told apart from a holder that is not known", () => {
    const first = lockFolder(folder, "hub");
    rmSync(join(folder, "hub.pid"));
    expect(lockFolder(folder, "hub")).toEqual({ holder: null });
    if ("release" in first) first.release();
  });

  test("that cannot be made is no lock: the file system's word is passed on", () => {
    expect(() => lockFolder(join(folder, "absent"), "hub")).toThrow(/unable to open/);
    mkdirSync(join(folder, "other.lock"));
    expect(() => lockFolder(folder, "other")).toThrow(/unable to open/);
  });
});

describe("a refusal to write", () => {
  const READONLY = 8; // SQLITE_READONLY
  test("is damage of a file that may be written, and a failure elsewhere", () => {
    const folder = closedJournal();
    const file = join(folder, "hub-v1.sqlite");
    expect(faultOf({ errcode: READONLY }, file)).toBe("damaged");
    expect(faultOf({ errcode: READONLY }, `${file}.gone`)).toBe("failed");
    expect(faultOf({ errcode: READONLY })).toBe("failed");
    expect(faultOf({})).toBe("failed");
  });
});

describe("an ended rollout that is damaged", () => {
  test("costs only itself, also when the whole journal is lost", () => {
    const folder = scene.newFolder();
    const store = scene.open(folder);
    for (const number of [1, 2, 3]) store.recordEnd(ended(number));
    store.keep("soak", "spoil me");
    store.close();
    spoil(join(folder, "hub-v1.sqlite"), "bump 2", "spoil me");
    const again = scene.open(folder);
    expect(again.recovered).toMatchObject({ code: "hub-state-damaged", savedHistory: 2 });
    expect(again.history(9)).toEqual([ended(3), ended(1)]);
    expect(again.recall("soak", asIs)).toBeNull();
  });
});

test("a seal covers the row's place and step: one row cannot stand in for another", () => {
  const seals = [sealOf("kept a", 1, "1"), sealOf("kept b", 1, "1"), sealOf("kept a", 2, "1")];
  expect(new Set(seals).size).toBe(3);
});
