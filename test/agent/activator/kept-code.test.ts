import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeKeptCode } from "../../../agent/activator/kept-code.ts";

const TEXT = "(function (n) { function twice(m) { return 2 * m; } return twice(n); })";
const AGAIN = 75;

describe("the code that V8 made of the activator", () => {
  let folder = "";
  const file = (): string => join(folder, "deeper", "code");
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kept-code-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** One run. @param status null for a run that is killed @returns whether it used what was kept */
  function run(status: number | null, program = "one"): boolean {
    const kept = takeKeptCode(file(), program);
    const script = new Script(TEXT, kept.code ? { cachedData: kept.code } : {});
    expect(script.runInThisContext()(21)).toBe(42);
    if (status !== null) kept.end(script, status);
    return kept.code !== null && script.cachedDataRejected === false;
  }

  it("is used by the next run, whether that one ended at rest or asked to be started again", () => {
    expect(run(0)).toBe(false);
    expect(run(AGAIN)).toBe(true);
    expect(run(0)).toBe(true);
  });

  it("is used by no run after one that was killed, until one has ended well", () => {
    run(0);
    expect(run(null)).toBe(true);
    expect(run(0)).toBe(false);
    expect(run(0)).toBe(true);
  });

  it("is gone after a run that failed", () => {
    run(0);
    expect(run(1)).toBe(true);
    expect(readdirSync(join(folder, "deeper"))).toEqual([]);
    expect(run(0)).toBe(false);
  });

  it("is not used for another program", () => {
    run(0, "one");
    expect(run(0, "two")).toBe(false);
    expect(run(0, "two")).toBe(true);
  });

  it("is not used when a single bit of it has changed", () => {
    run(0);
    const bytes = readFileSync(file());
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
    writeFileSync(file(), bytes);
    expect(run(0)).toBe(false);
    expect(run(0)).toBe(true);
  });

  it.each(["", "[]\n", "null\nabc", "{"])("is not used when the file reads %j", (text) => {
    run(0);
    writeFileSync(file(), text);
    expect(run(0)).toBe(false);
    expect(run(0)).toBe(true);
  });

  it("stays for the program that this process becomes", () => {
    run(0);
    takeKeptCode(file(), "one").putBack();
    expect(run(0)).toBe(true);
  });

  it("learns from the first runs, and is left as it is by later ones", () => {
    for (let count = 0; count < 8; count++) run(0);
    const learned = readFileSync(file());
    run(0);
    expect(readFileSync(file())).toEqual(learned);
  });

  it("is no failure where nothing can be written", () => {
    const kept = takeKeptCode("/dev/null/code", "one");
    expect(kept.code).toBe(null);
    kept.end(new Script(TEXT), 0);
    kept.putBack();
  });
});
