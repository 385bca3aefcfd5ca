import { describe, expect, it } from "vitest";
import { nixFailure } from "../../agent/nix-failure.ts";

const PATH = "/nix/store/0000000000000000000000000000000a-x";

describe("what Nix says when a pull fails", () => {
  it.each([
    ["disk-full", "error: writing to file: No space left on device"],
    [
      "closure-untrusted",
      `warning: the substitute for '${PATH}' from 'http://c' is not signed by any of the keys in 'trusted-public-keys'\nerror: build of '${PATH}' failed`,
    ],
    ["closure-untrusted", `error: cannot add path '${PATH}' because it lacks a valid signature`],
    ["closure-corrupt", `error: hash mismatch importing path '${PATH}';\n  specified: a\n  got: b`],
    [
      "closure-corrupt",
      "error: failed to read compressed data (Lzma library error: Corrupted input data)",
    ],
    [
      "cache-unusable",
      "warning: 'http://c' does not appear to be a binary cache\ndon't know how to build these paths:",
    ],
    ["closure-missing", `error: file 'nar/x' does not exist in binary cache 'http://c'`],
    [
      "cache-unreachable",
      "warning: unable to download 'http://c/nix-cache-info': Couldn't connect to server (7)\ndon't know how to build these paths:",
    ],
    ["closure-missing", `don't know how to build these paths:\n  ${PATH}\nerror: build failed`],
    ["nix-failed", "error: something nobody has seen yet"],
  ])("%s", (code, stderr) => {
    expect(nixFailure("nix-store", stderr, false).code).toBe(code);
  });

  it("is told in the sentence that says why", () => {
    const stderr = `copying path\nerror: hash mismatch importing path '${PATH}';\n   specified: a\n   got:  b\nerror: build failed`;
    expect(nixFailure("nix-store", stderr, false).message).toBe(
      `nix-store: error: hash mismatch importing path '${PATH}'; specified: a got: b`,
    );
  });

  it("is a matter of time when the limit ended it", () => {
    expect(nixFailure("nix-store", "error: interrupted by the user", true).code).toBe(
      "pull-too-slow",
    );
  });
});
