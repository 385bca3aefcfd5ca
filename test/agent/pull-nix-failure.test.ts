import { describe, expect, it } from "vitest";
import { type NixEnd, nixFailure, withoutLogin } from "../../agent/pull/nix-failure.ts";

const PATH = "/nix/store/4zmi41l5xcmy6iql0dr94r4m1ngfvxx9-nixos-system-tiny-1";
const BASE = "/nix/store/a7rl11vjzgb7l87d46nvj2jsyz7ljab8-base-1.0";
const CACHE = "http://127.0.0.1:8104";
const NAR = `${CACHE}/nar/13i9jmf69k7vmkak7dsk3hmi5a6fy0819wl93162jlfx6aglz5s7.nar.zst`;
const CONTEXT = { caches: [CACHE], keyNames: ["home-cache-1"] };

const failureOf = (text: string, end: Partial<NixEnd> = {}) =>
  nixFailure(
    { command: "nix-store", text, exitCode: 1, signal: null, stopped: null, ...end },
    CONTEXT,
  );

/** Sentences of Nix 2.8 and newer as they were met, each with what it is. */
const RECORDED: readonly (readonly [code: string, text: string])[] = [
  ["disk-full", "error: writing to file: No space left on device"],
  ["disk-full", `error: creating directory '${BASE}': Disk quota exceeded`],
  ["disk-full", "error: executing SQLite statement: database or disk is full"],
  [
    "disk-full",
    "error: aborting transaction: SQL logic error, cannot rollback - no transaction is active (in 'db.sqlite')",
  ],
  [
    "closure-untrusted",
    `warning: the substitute for '${PATH}' from '${CACHE}' is not signed by any of the keys in 'trusted-public-keys'\nerror: build of '${PATH}' failed`,
  ],
  ["closure-untrusted", `error: cannot add path '${BASE}' because it lacks a valid signature`],
  [
    "closure-untrusted",
    `error: cannot add path '${BASE}' because it lacks a signature by a trusted key`,
  ],
  [
    "closure-corrupt",
    `error: hash mismatch importing path '${BASE}';\n  specified: sha256:0\n  got: sha256:1`,
  ],
  [
    "closure-corrupt",
    "error: failed to read compressed data (Lzma library error: Corrupted input data)",
  ],
  ["closure-corrupt", "error: input compression not recognized"],
  ["closure-corrupt", "error: bad archive: input doesn't look like a Nix archive"],
  ["closure-corrupt", `error: NAR for '${BASE}' fetched from '${CACHE}' is incomplete`],
  ["closure-corrupt", "error: NAR info file '4zmi41l5xcmy6iql0dr94r4m1ngfvxx9.narinfo' is corrupt"],
  ["closure-corrupt", `path '${BASE}' was modified! expected hash 'sha256:0', got 'sha256:1'`],
  ["cache-login-refused", `error: unable to download '${NAR}': HTTP error 401 ('Unauthorized')`],
  ["cache-login-refused", `error: unable to download '${NAR}': HTTP error 407`],
  [
    "cache-wrong-store",
    `error: binary cache '${CACHE}' is for Nix stores with prefix '/other/store', not '/nix/store'`,
  ],
  ["cache-unusable", `error: '${CACHE}' does not appear to be a binary cache`],
  ["cache-unusable", `error: unable to download '${NAR}': HTTP error 451`],
  ["cache-unusable", "error: unknown compression method 'future'"],
  ["cache-unusable", "error: path '/nix/store/zzz-foo' is too short to be a valid store path"],
  ["cache-unusable", "error: store path '/nix/store/e-foo' contains illegal base-32 character 'e'"],
  ["cache-unusable", "error: path '/etc/passwd' is not in the Nix store"],
  ["closure-missing", `error: file 'nar/13i9.nar.zst' does not exist in binary cache '${CACHE}'`],
  [
    "closure-missing",
    `don't know how to build these paths:\n  ${PATH}\nerror: build of '${PATH}' failed`,
  ],
  [
    "closure-missing",
    `error: path '${PATH}' is required, but there is no substituter that can build it`,
  ],
  ["closure-missing", `error: path '${PATH}' is not valid`],
  [
    "cache-unreachable",
    `error: unable to download '${CACHE}/nix-cache-info': Couldn't connect to server (7)`,
  ],
  [
    "cache-unreachable",
    `error: unable to download '${CACHE}/nix-cache-info': Could not resolve host: cache.lan`,
  ],
  ["cache-unreachable", `error: unable to download '${NAR}': Timeout was reached (28)`],
  [
    "cache-unreachable",
    `error: unable to download '${NAR}': Server returned nothing (no headers, no data) (52)`,
  ],
  [
    "cache-unreachable",
    `error: unable to download '${NAR}': HTTP error 206 ('Partial Content') (curl error: Transferred a partial file)`,
  ],
  [
    "cache-unreachable",
    `error: unable to download '${NAR}': HTTP error 500 ('Internal Server Error')`,
  ],
  ["cache-unreachable", `error: unable to download '${NAR}': HTTP error 429`],
  [
    "cache-unreachable",
    `error: unable to download '${NAR}': SSL peer certificate or SSH remote key was not OK (60)`,
  ],
  ["nix-busy", "error: SQLite database '/nix/var/nix/db/db.sqlite' is busy"],
  ["nix-busy", "error: executing SQLite statement: UNIQUE constraint failed: NARs.cache"],
  ["nix-busy", "error: unexpected end-of-file"],
  ["pull-interrupted", "error: interrupted by the user"],
  ["nix-failed", "error: something that nobody has met"],
  ["nix-failed", ""],
];

describe("what Nix said when it failed", () => {
  it.each(RECORDED)("is %s: %s", (code, text) => {
    const failure = failureOf(text);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(/^nix-store: ./);
  });

  it.each([
    "openssl-3.0-SSL-connect",
    "Timeout-was-reached-1.0",
    "is-not-valid",
    "No-space-left-on-device",
  ])("is not taken for what a path of that name says: %s", (name) => {
    const path = `/nix/store/4zmi41l5xcmy6iql0dr94r4m1ngfvxx9-${name}`;
    expect(failureOf(`error: hash mismatch importing path '${path}';`).code).toBe(
      "closure-corrupt",
    );
    expect(failureOf(`error: odd thing with '${path}'`).code).toBe("nix-failed");
  });

  it("names the path, the cache that was asked and the keys that are trusted", () => {
    const { message } = failureOf(
      `error: cannot add path '${BASE}' because it lacks a valid signature`,
    );
    expect(message).toContain(BASE);
    expect(message).toContain("home-cache-1");
    expect(failureOf(`don't know how to build these paths:\n  ${PATH}`).message).toContain(CACHE);
    expect(failureOf(`don't know how to build these paths:\n  ${PATH}`).message).toContain(PATH);
  });

  it("shows no login of a cache", () => {
    const text =
      "error: unable to download 'https://nuc:secret@cache.lan/x.narinfo': HTTP error 500";
    expect(failureOf(text).message).not.toContain("secret");
    expect(withoutLogin("https://token@cache.lan")).toBe("https://cache.lan");
  });

  it("is short enough for a report, whatever Nix wrote", () => {
    const long = `error: No space left on device ${"x".repeat(5000)}`;
    expect(failureOf(long).message.length).toBeLessThan(800);
    expect(failureOf(`${"y\n".repeat(5000)}`).message.length).toBeLessThan(800);
  });

  it.each([
    ["asked", "", "pull-interrupted"],
    ["limit", "", "pull-too-slow"],
    ["stall", "", "pull-stalled"],
    ["stall", "waiting for lock on '/nix/store/x'", "nix-busy"],
    ["limit", "waiting for lock on '/nix/store/x'", "nix-busy"],
    ["asked", "waiting for lock on '/nix/store/x'", "pull-interrupted"],
    ["stall", "error: interrupted by the user", "pull-stalled"],
  ] as const)("is, stopped by %s after it said %j, %s", (stopped, text, code) => {
    expect(failureOf(text, { stopped, exitCode: null, signal: "SIGTERM" }).code).toBe(code);
  });

  it("is an interruption when a signal ended it that we did not send", () => {
    const failure = failureOf("", { exitCode: null, signal: "SIGKILL" });
    expect(failure.code).toBe("pull-interrupted");
    expect(failure.message).toMatch(/SIGKILL .*lack of memory/);
  });
});
