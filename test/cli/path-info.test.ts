import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { narHashOf, narHashOfParts } from "../../src/cli/nar-hash.ts";
import { parsePathInfo } from "../../src/cli/path-info.ts";
import { encodeNixBase32, NixwaveError } from "../../src/contract/index.ts";
import { narHashFor, pathFor } from "../support/contract-builders.ts";

const NUC = pathFor("nuc");
const RP3 = pathFor("rp3");
const HASH = narHashFor("nuc");
const RAW = createHash("sha256").update("nar nuc").digest();

const print = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof NixwaveError) return error.code;
    throw error;
  }
  return "accepted";
};

describe("a NAR hash", () => {
  test.each([
    ["SRI", HASH],
    ["base-16", `sha256:${RAW.toString("hex")}`],
    ["base-32", `sha256:${encodeNixBase32(RAW)}`],
    ["base64", `sha256:${RAW.toString("base64")}`],
  ])("in %s form becomes SRI", (_form, text) => {
    expect(narHashOf(text)).toBe(HASH);
  });

  test("in base-32 and in SRI form is the same for a path that Nix 2.8 printed in both", () => {
    expect(narHashOf("sha256:1plcf37wn75aicf3igjfrg3gjywpzrx7yxczks2gg0ap1llkv3r6")).toBe(
      "sha256-Jo89KQ1XgfeEnp91f3r+l3v5xstOvjgci6ocy89wjN4=",
    );
  });

  test.each(["base16", "base64", "nix32"])("in parts, %s, becomes SRI", (format) => {
    const hash = {
      base16: RAW.toString("hex"),
      base64: RAW.toString("base64"),
      nix32: encodeNixBase32(RAW),
    }[format];
    expect(narHashOfParts({ algorithm: "sha256", format, hash })).toBe(HASH);
  });

  test("of any 32 bytes comes back out of its base-32 form", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const sri = `sha256-${Buffer.from(bytes).toString("base64")}`;
        expect(narHashOf(`sha256:${encodeNixBase32(bytes)}`)).toBe(sri);
      }),
    );
  });

  test("of another algorithm, length or alphabet is refused", () => {
    expect(codeOf(() => narHashOf(`sha512-${"A".repeat(86)}==`))).toBe("invalid-name");
    expect(codeOf(() => narHashOf(`md5:${"0".repeat(32)}`))).toBe("invalid-name");
    expect(codeOf(() => narHashOf(`sha256:${"e".repeat(52)}`))).toBe("invalid-name");
    expect(codeOf(() => narHashOf(`sha256:z${"0".repeat(51)}`))).toBe("invalid-name"); // 257 bits
    expect(codeOf(() => narHashOf(`sha256-${"A".repeat(42)}B=`))).toBe("invalid-name");
    expect(codeOf(() => narHashOfParts({ algorithm: "md5", hash: "0" }))).toBe("invalid-name");
  });
});

describe("the output of nix path-info --json", () => {
  const info = { narHash: HASH, narSize: 1, references: [] };
  test.each([
    [
      "an array (Nix up to 2.18, Lix)",
      [
        { path: RP3, ...info },
        { path: NUC, ...info },
      ],
    ],
    ["an object keyed by path (2.19 on)", { [NUC]: info, storeDir: "/nix/store" }],
    [
      "format 2, keyed by name, with structured hashes",
      {
        version: 2,
        storeDir: "/nix/store",
        info: {
          [NUC.slice(11)]: {
            narHash: { algorithm: "sha256", format: "base16", hash: RAW.toString("hex") },
          },
        },
      },
    ],
    [
      "format 3, with SRI again",
      { version: 3, storeDir: "/nix/store", info: { [NUC.slice(11)]: info } },
    ],
  ])("is read as %s", (_form, printed) => {
    expect(parsePathInfo(print(printed), [NUC]).get(NUC)).toBe(HASH);
  });

  test.each([
    ["valid: false", [{ path: NUC, valid: false }]],
    ["null", { [NUC]: null }],
    ["null in format 2", { version: 2, storeDir: "/nix/store", info: { [NUC.slice(11)]: null } }],
    ["nothing", []],
    ["another path only", { [RP3]: info }],
  ])("says by %s that the store does not have the path", (_form, printed) => {
    expect(() => parsePathInfo(print(printed), [NUC])).toThrow(NUC);
    expect(codeOf(() => parsePathInfo(print(printed), [NUC]))).toBe("path-not-in-store");
  });

  test("names every path that is missing", () => {
    expect(() => parsePathInfo(print([]), [NUC, RP3])).toThrow(`${NUC}, ${RP3}`);
  });

  test.each([
    ["no hash", { [NUC]: {} }],
    ["a hash in an unknown form", { [NUC]: { narHash: "blake3-x" } }],
    ["another store folder", { version: 2, storeDir: "/other", info: {} }],
    ["a version without infos", { version: 4 }],
    ["a text", "fine"],
  ])("is refused with %s", (_what, printed) => {
    expect(codeOf(() => parsePathInfo(print(printed), [NUC]))).toBe("nix-failed");
  });

  test("of any JSON at all fails with a code only", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(codeOf(() => parsePathInfo(Buffer.from(json), [NUC]))).not.toBe("accepted");
      }),
      { numRuns: 500 },
    );
  });
});
