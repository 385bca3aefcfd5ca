import { describe, expect, it } from "vitest";
import { readProgress } from "../../agent/pull/pull-progress.ts";

/** Nix numbers activities by its process: such ids are above 2^53. */
const FIRST = "18446744069414584321";
const SECOND = "18446744069414584322";
const ALL = "18446744069414584320";

const start = (id: string, type: number, fields: readonly unknown[] = []): string =>
  `@nix {"action":"start","fields":${JSON.stringify(fields)},"id":${id},"level":3,"parent":0,"text":"","type":${type}}`;
const progress = (id: string, done: number, expected: number): string =>
  `@nix {"action":"result","fields":[${done},${expected},0,0],"id":${id},"type":105}`;
const expected = (id: string, type: number, amount: number): string =>
  `@nix {"action":"result","fields":[${type},${amount}],"id":${id},"type":106}`;
const stop = (id: string): string => `@nix {"action":"stop","id":${id}}`;

const COPY_PATH = 100;
const TRANSFER = 101;
const COPY_PATHS = 103;

describe("the progress of a pull", () => {
  it("keeps two paths apart whose ids no JavaScript number can tell apart", () => {
    expect(Number(FIRST)).toBe(Number(SECOND));
    const reader = readProgress();
    for (const line of [
      start(ALL, COPY_PATHS),
      expected(ALL, COPY_PATH, 1000),
      start(FIRST, COPY_PATH),
      start(SECOND, COPY_PATH),
      progress(FIRST, 100, 400),
      progress(SECOND, 200, 600),
    ]) {
      reader.read(line);
    }
    expect(reader.progress).toMatchObject({ bytesDone: 300, bytesTotal: 1000, percent: 30 });
    reader.read(stop(FIRST));
    expect(reader.progress).toMatchObject({ bytesDone: 600, percent: 60 });
  });

  it("never falls when Nix finds that there is more to fetch than it said", () => {
    const reader = readProgress();
    const seen: number[] = [];
    for (const line of [
      expected(ALL, COPY_PATH, 1000),
      start(FIRST, COPY_PATH),
      progress(FIRST, 500, 1000),
      expected(ALL, COPY_PATH, 10_000),
      progress(FIRST, 600, 1000),
    ]) {
      reader.read(line);
      seen.push(reader.progress.percent);
    }
    expect(seen).toEqual([0, 0, 50, 50, 50]);
  });

  it("never falls when a broken download begins again", () => {
    const reader = readProgress();
    reader.read(expected(ALL, COPY_PATH, 1000));
    reader.read(start(FIRST, COPY_PATH));
    reader.read(progress(FIRST, 700, 1000));
    expect(reader.progress.percent).toBe(70);
    reader.read(progress(FIRST, 10, 1000));
    expect(reader.progress.percent).toBe(70);
  });

  it("does not say 100 before Nix has ended, though every byte has come", () => {
    const reader = readProgress();
    reader.read(expected(ALL, COPY_PATH, 1000));
    reader.read(start(FIRST, COPY_PATH));
    reader.read(progress(FIRST, 1000, 1000));
    reader.read(stop(FIRST));
    expect(reader.progress).toMatchObject({ percent: 99, bytesDone: 1000, bytesTotal: 1000 });
  });

  it("never says more bytes than there are", () => {
    const reader = readProgress();
    reader.read(expected(ALL, COPY_PATH, 1000));
    reader.read(start(FIRST, COPY_PATH));
    reader.read(progress(FIRST, 5000, 1000));
    expect(reader.progress.bytesDone).toBe(1000);
  });

  it("counts as a movement only bytes that came and activities that ended", () => {
    const reader = readProgress();
    expect(reader.read(start(FIRST, COPY_PATH))).toBe(false);
    expect(reader.read(progress(FIRST, 0, 1000))).toBe(false);
    expect(reader.read(progress(FIRST, 1, 1000))).toBe(true);
    expect(reader.read(progress(FIRST, 1, 1000))).toBe(false);
    expect(reader.read('@nix {"action":"msg","level":1,"msg":"warning: retrying"}')).toBe(false);
    expect(reader.read(stop(FIRST))).toBe(true);
    expect(reader.read(stop(FIRST))).toBe(false);
    expect(reader.read(progress("7", 5, 10))).toBe(false);
  });

  it("counts paths as Nix does, and names what is being read", () => {
    const reader = readProgress();
    reader.read(start(ALL, COPY_PATHS));
    reader.read(progress(ALL, 3, 7));
    reader.read(start(FIRST, TRANSFER, ["https://cache.lan/nar/a.nar"]));
    expect(reader.progress).toMatchObject({ pathsDone: 3, pathsTotal: 7 });
    expect(reader.transfers).toEqual(["https://cache.lan/nar/a.nar"]);
    reader.read(stop(FIRST));
    expect(reader.transfers).toEqual([]);
  });

  it("names each path once when Nix has copied it, and no sooner", () => {
    const reader = readProgress();
    reader.read(start(FIRST, COPY_PATH, ["/nix/store/a", "https://cache.lan", "local"]));
    reader.read(start(SECOND, TRANSFER, ["https://cache.lan/nar/a.nar"]));
    reader.read(stop(SECOND));
    expect(reader.takeCopied()).toEqual([]);
    reader.read(stop(FIRST));
    reader.read(stop(FIRST));
    expect(reader.takeCopied()).toEqual(["/nix/store/a"]);
    expect(reader.takeCopied()).toEqual([]);
  });

  it("keeps what Nix said in words, without colours, and what no JSON is", () => {
    const reader = readProgress();
    reader.read(
      `@nix ${JSON.stringify({ action: "msg", level: 0, msg: "\u001b[31;1merror:\u001b[0m no" })}`,
    );
    reader.read("a plain line");
    reader.read('@nix {"action":"res');
    reader.read("@nix null");
    expect(reader.text.split("\n")).toEqual([
      "error: no",
      "a plain line",
      '@nix {"action":"res',
      "@nix null",
      "",
    ]);
  });

  it("keeps the end of what was said when Nix talks for hours", () => {
    const reader = readProgress();
    for (let n = 0; n < 2000; n++) reader.read(`line ${n} ${"x".repeat(100)}`);
    expect(reader.text.length).toBeLessThanOrEqual(64 * 1024);
    expect(reader.text).toContain("line 1999 ");
  });

  it("takes nonsense in the fields for zero", () => {
    const reader = readProgress();
    reader.read(start(FIRST, COPY_PATH));
    reader.read(`@nix {"action":"result","fields":["a",null],"id":${FIRST},"type":105}`);
    reader.read(`@nix {"action":"result","fields":"none","id":${FIRST},"type":105}`);
    reader.read(`@nix {"action":"result","id":${FIRST},"type":105}`);
    expect(reader.progress).toEqual({
      ...{ percent: 0, bytesDone: 0, bytesTotal: 0, pathsDone: 0, pathsTotal: 0 },
    });
  });
});
