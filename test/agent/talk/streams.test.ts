import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LogStream } from "../../../agent/talk/log-stream.ts";
import { ProgressStream } from "../../../agent/talk/progress-stream.ts";
import { encodePayload, type Log, type Progress } from "../../../src/contract/index.ts";
import { ROLLOUT } from "../../support/contract-builders.ts";

const EVERY_MS = 500;
const NO_COUNTS = { bytesDone: 0, bytesTotal: 0, pathsDone: 0, pathsTotal: 0 };
const attempt = { rollout: ROLLOUT, attempt: 1 };

let folder: string;
let file: string;
beforeEach(() => {
  vi.useFakeTimers();
  folder = mkdtempSync(join(tmpdir(), "nixwave-streams-"));
  file = join(folder, "stream");
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});
/** All that it would still send by itself. */
const settle = () => vi.advanceTimersByTime(60 * EVERY_MS);

describe("the log of a switch", () => {
  let batches: Log[];
  let open: typeof attempt | null;
  let stream: LogStream;
  beforeEach(() => {
    batches = [];
    open = attempt;
    stream = new LogStream(
      file,
      () => open,
      (log) => batches.push(log),
    );
  });
  afterEach(() => stream.stop());
  const lines = () => batches.flatMap((batch) => batch.lines);
  const write = (text: string): void => {
    appendFileSync(file, text);
    stream.changed();
  };

  it("is sent line by line, numbered, without its end while that may go on", () => {
    write("one\ntwo\nthr");
    expect(batches).toEqual([{ v: 1, ...attempt, first: 0, lines: ["one", "two"] }]);
    write("ee\n");
    settle();
    expect(batches[1]).toEqual({ v: 1, ...attempt, first: 2, lines: ["three"] });
    expect(batches).toHaveLength(2);
  });

  it("goes out at most twice a second, whatever the switch prints", () => {
    for (let line = 0; line < 50; line++) write(`${line}\n`);
    expect(batches).toHaveLength(1);
    vi.advanceTimersByTime(EVERY_MS);
    expect(batches).toHaveLength(2);
    expect(lines()).toEqual(Array.from({ length: 50 }, (_none, line) => String(line)));
  });

  const linesOf = (count: number, size: number): string[] =>
    Array.from({ length: count }, (_none, line) => String(line).padEnd(size, "x").slice(0, size));

  it.each([
    ["many short lines", linesOf(5000, 5)],
    ["long lines", linesOf(300, 700)],
    [
      "one batch of short lines, then less than two reads",
      [...linesOf(200, 5), ...linesOf(310, 99)],
    ],
  ])("ends complete, with nothing more to come: %s", (_name, printed) => {
    write(`${printed.join("\n")}\n`);
    settle();
    expect(lines()).toEqual(printed);
    for (const batch of batches) {
      expect(batch.lines.length).toBeLessThanOrEqual(200);
      expect(encodePayload("log", batch).byteLength).toBeLessThanOrEqual(64 * 1024);
    }
    batches.reduce((next, { first, lines: some }) => {
      expect(first).toBe(next);
      return next + some.length;
    }, 0);
  });

  it("is printable: no colours, no control characters, no half of a pair", () => {
    write("\u001b[1;31mfailed\u001b[0m:\tapp\u0007\u202e\r\n");
    write(`${"x".repeat(999)}😀\n`);
    settle();
    expect(lines()).toEqual(["failed:  app", "x".repeat(999)]);
  });

  it("cuts a line that does not end, and goes on", () => {
    write("z".repeat(40_000));
    settle();
    write("\nafter\n");
    settle();
    expect(lines().every((line) => line.length <= 1000)).toBe(true);
    expect(lines().at(-1)).toBe("after");
  });

  it("keeps a character that two reads share", () => {
    const text = `${"a".repeat(16 * 1024 - 1)}é`;
    write(`${text.slice(0, 8000)}\n${text.slice(8000)}\nend\n`);
    settle();
    expect(lines().at(-1)).toBe("end");
    expect(lines().join("")).not.toContain("\ufffd");
  });

  it("begins again with a new file, and with one that was cut", () => {
    write("first\n");
    rmSync(file);
    writeFileSync(file, "second\n");
    stream.changed();
    settle();
    writeFileSync(file, "3\n");
    stream.changed();
    settle();
    expect(batches.map(({ first, lines: some }) => [first, ...some])).toEqual([
      [0, "first"],
      [0, "second"],
      [0, "3"],
    ]);
  });

  it("says nothing without an attempt, without a file, and after its end", () => {
    stream.changed();
    open = null;
    write("of no attempt\n");
    settle();
    expect(batches).toEqual([]);
    open = attempt;
    stream.changed();
    settle();
    expect(lines()).toEqual(["of no attempt"]);
    write("a\n");
    write("b\n");
    stream.stop();
    settle();
    expect(lines()).toEqual(["of no attempt", "a"]);
  });
});

describe("the progress of a step", () => {
  let said: Progress[];
  let stream: ProgressStream;
  beforeEach(() => {
    said = [];
    stream = new ProgressStream(file, (progress) => said.push(progress));
  });
  afterEach(() => stream.stop());
  const progress = (percent: number): Progress =>
    ({ v: 1, ...attempt, phase: "staging", percent, ...NO_COUNTS }) as Progress;
  const write = (percent: number): void => {
    writeFileSync(file, encodePayload("progress", progress(percent)));
    stream.changed();
  };

  it("goes out at most twice a second, and the latest always does", () => {
    for (const percent of [1, 2, 3, 50]) write(percent);
    expect(said.map(({ percent }) => percent)).toEqual([1]);
    settle();
    expect(said.map(({ percent }) => percent)).toEqual([1, 50]);
  });

  it("is passed over when the file is gone, half understood or not one, and goes on", () => {
    stream.changed();
    writeFileSync(file, "{");
    stream.changed();
    settle();
    expect(said).toEqual([]);
    write(7);
    settle();
    expect(said.at(-1)?.percent).toBe(7);
  });

  it("does not hide a fault of ours", () => {
    const broken = new ProgressStream(file, () => {
      throw new TypeError("ours");
    });
    writeFileSync(file, encodePayload("progress", progress(1)));
    expect(() => broken.changed()).toThrow("ours");
    broken.stop();
  });
});
