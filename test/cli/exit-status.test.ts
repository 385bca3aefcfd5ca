import { Writable } from "node:stream";
import { describe, expect, test } from "vitest";
import { EXIT, exitStatusOf } from "../../src/cli/exit-status.ts";
import { printFailure } from "../../src/cli/failure.ts";
import { paintFor } from "../../src/cli/paint.ts";
import { ContractError, ERRORS, type ErrorCode, NixwaveError } from "../../src/contract/index.ts";
import { terminal } from "./memory-io.ts";

const CODES = Object.keys(ERRORS) as ErrorCode[];

function printed(thrown: unknown): { status: number; text: string } {
  let text = "";
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const status = printFailure(thrown, { stderr, env: {} });
  return { status, text };
}

describe("exit statuses", () => {
  test.each(CODES)("%s has one of the documented statuses, and not 0", (code) => {
    expect(Object.values(EXIT)).toContain(exitStatusOf(code));
    expect(exitStatusOf(code)).not.toBe(EXIT.ok);
  });
});

describe("a failure", () => {
  test("is printed as its code, what happened, and the way out", () => {
    const { status, text } = printed(new ContractError("wrong-fleet", 'fleet is "a"'));
    expect(text).toBe(`error[wrong-fleet]: fleet is "a"\n  ${ERRORS["wrong-fleet"].remedy}\n`);
    expect(status).toBe(EXIT.refused);
  });

  test("says where, unless the message does", () => {
    const at = (message: string) =>
      printed(new NixwaveError("invalid-field", message, { where: "/agents/nuc" })).text;
    expect(at("is missing")).toContain("is missing (at /agents/nuc)");
    expect(at("/agents/nuc is missing")).not.toContain("(at");
  });

  test("that is no error of ours is a bug and keeps its stack", () => {
    const { status, text } = printed(new TypeError("x is not a function"));
    expect(text).toMatch(/^error\[internal-error\]: TypeError: x is not a function\n.*at /s);
    expect(status).toBe(EXIT.bug);
  });

  test("of the clean-up stands behind what went wrong first", () => {
    const first = new NixwaveError("demo-too-slow", "nuc is silent");
    const { status, text } = printed(new SuppressedError(new Error("EBUSY"), first));
    expect(text).toMatch(/^error\[demo-too-slow\]: nuc is silent\n.*\nerror\[.*EBUSY/);
    expect(status).toBe(EXIT.refused);
  });

  test("cannot redraw the terminal with what it quotes", () => {
    const { text } = printed(new NixwaveError("nix-failed", "a\u001b[2Jb\rc\u202ed"));
    expect(text).toContain("a\\u001b[2Jb\\u000dc\\u202ed");
  });
});

describe("colour", () => {
  test("is used on a terminal only, and NO_COLOR wins over FORCE_COLOR", () => {
    const coloured = (stream: NodeJS.WritableStream, env: Record<string, string>) =>
      paintFor(stream, env)("good", "x") !== "x";
    const file = new Writable();
    expect(coloured(terminal(), {})).toBe(true);
    expect(coloured(file, {})).toBe(false);
    expect(coloured(file, { FORCE_COLOR: "1" })).toBe(true);
    expect(coloured(terminal(), { NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(false);
    expect(coloured(terminal(), { TERM: "dumb" })).toBe(false);
    expect(coloured(terminal(), { NO_COLOR: "" })).toBe(true); // no-color.org: when not empty
  });
});
