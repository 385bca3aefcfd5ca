import { describe, expect, it } from "vitest";
import { isSigned, narHashBase32, parseNarinfo, signerNames } from "../../agent/pull/narinfo.ts";
import {
  encodeBase64,
  fingerprint,
  parseNarHash,
  parseStorePath,
} from "../../src/contract/index.ts";
import { keyFrom } from "../support/contract-builders.ts";

const KEY = keyFrom("home-cache-1");
const PATH = parseStorePath("/nix/store/00000000000000000000000000000000-system-1");
const LEAF = "11111111111111111111111111111111-leaf-1";
const DERIVATION = "22222222222222222222222222222222-source.drv";
const HASH_HEX = `${"00".repeat(31)}01`;
const HASH_32 = narHashBase32(
  parseNarHash(`sha256-${Buffer.from(HASH_HEX, "hex").toString("base64")}`),
);

const signed = (references: readonly string[]): string => {
  const info = {
    ...{ storePath: PATH, narHashBase32: HASH_32, narSizeBytes: 1000 },
    references: references.map((name) => `/nix/store/${name}` as typeof PATH),
  };
  const signature = KEY.sign(Buffer.from(fingerprint(info), "utf8"));
  return `${KEY.name}:${encodeBase64(signature)}`;
};

const LINES = {
  StorePath: PATH as string,
  URL: "nar/a.nar",
  Compression: "none",
  NarHash: HASH_32,
  NarSize: "1000",
  References: LEAF,
  Sig: signed([LEAF]),
};
const text = (changes: Partial<Record<keyof typeof LINES, string>> = {}): string =>
  Object.entries({ ...LINES, ...changes })
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");

describe("a narinfo", () => {
  it("is read with what its signature covers", () => {
    const info = parseNarinfo(text());
    expect(info).toMatchObject({ storePath: PATH, narHashBase32: HASH_32, narSizeBytes: 1000 });
    expect(info.references).toEqual([`/nix/store/${LEAF}`]);
    expect(signerNames(info)).toEqual(["home-cache-1"]);
    expect(isSigned(info, [KEY.publicKey])).toBe(true);
  });

  it("is signed by nobody whom the host does not trust", () => {
    const info = parseNarinfo(text());
    expect(isSigned(info, [])).toBe(false);
    expect(isSigned(info, [keyFrom("home-cache-2").publicKey])).toBe(false);
  });

  it.each([
    ["size", { NarSize: "1001" }],
    ["references", { References: "" }],
    ["path", { StorePath: PATH.replace("system-1", "system-2") }],
    ["hash", { NarHash: `sha256:${"0".repeat(52)}` }],
    ["signature that is no base64", { Sig: "home-cache-1:%%%" }],
    ["signature without a name", { Sig: "nonsense" }],
  ])("is not signed when its %s differs", (_, changes) => {
    expect(isSigned(parseNarinfo(text(changes)), [KEY.publicKey])).toBe(false);
  });

  it("is signed when one of several signatures is good", () => {
    const info = parseNarinfo(`${text({ Sig: "other-1:AAAA" })}Sig: ${LINES.Sig}\n`);
    expect(signerNames(info)).toEqual(["other-1", "home-cache-1"]);
    expect(isSigned(info, [KEY.publicKey])).toBe(true);
  });

  it("may say its hash in hexadecimal, refer to derivations, have Windows line ends and unknown lines", () => {
    const lines = text({ NarHash: `sha256:${HASH_HEX}`, References: `${LEAF} ${DERIVATION}` });
    const info = parseNarinfo(`${lines}Deriver: x.drv\nCA:\n`.replaceAll("\n", "\r\n"));
    expect(info.narHashBase32).toBe(HASH_32);
    expect(info.references).toHaveLength(2);
  });

  it("may refer to nothing", () => {
    expect(parseNarinfo(text({ References: "" })).references).toEqual([]);
  });

  it.each([
    ["an empty answer", "", /0 lines/],
    ["a web page", "<!DOCTYPE html>", /a line reads/],
    ["no path", text().replace(/^StorePath.*\n/, ""), /0 lines StorePath/],
    ["two paths", `${text()}StorePath: ${PATH}\n`, /2 lines StorePath/],
    ["a path elsewhere", text({ StorePath: "/etc/passwd" }), /is no store path/],
    ["a size of zero", text({ NarSize: "0" }), /NarSize/],
    ["a size that is no number", text({ NarSize: "many" }), /NarSize/],
    ["a size beyond all numbers", text({ NarSize: "9".repeat(30) }), /NarSize/],
    ["another kind of hash", text({ NarHash: "md5:abc" }), /SHA-256/],
    ["a reference out of the store", text({ References: "../../etc/passwd" }), /no reference/],
  ])("is none: %s", (_, wrong, says) => {
    expect(() => parseNarinfo(wrong)).toThrow(
      expect.objectContaining({ code: "closure-corrupt", message: expect.stringMatching(says) }),
    );
  });
});
