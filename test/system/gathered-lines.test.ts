import { getDefaultHighWaterMark } from "node:stream";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../agent/run-program.ts";

const LINES = 4000;

describe("what a program writes to stderr, line by line", () => {
  const run = async (script: string) => {
    const calls: (readonly string[])[] = [];
    const end = await runProgram("/bin/sh", ["-c", script], {
      ...{ env: {}, limitMs: 60_000 },
      onStderrLines: (lines) => void calls.push(lines),
    });
    return { end, calls, lines: calls.flat() };
  };

  it("is heard whole and in order, in far fewer pieces than there are lines", async () => {
    const { end, calls, lines } = await run(
      `n=0; while [ $n -lt ${LINES} ]; do n=$((n + 1)); echo "line $n of many" >&2; done; exit 3`,
    );
    expect(lines).toEqual(Array.from({ length: LINES }, (_, n) => `line ${n + 1} of many`));
    expect(calls.length).toBeLessThan(LINES / 4);
    expect(end).toMatchObject({ exitCode: 3, stderr: "" });
  });

  it("is heard to its last word, with no end of a line, and from a child that outlives the program", async () => {
    const { lines } = await run("echo first >&2; (sleep 0.2; printf last >&2) & exit 0");
    expect(lines).toEqual(["first", "last"]);
  });

  it("leaves other streams of this process as they are", async () => {
    const usual = getDefaultHighWaterMark(false);
    await run("echo said >&2");
    expect([usual, getDefaultHighWaterMark(false)]).toEqual([usual, usual]);
    expect(usual).toBeGreaterThan(1);
  });
});
