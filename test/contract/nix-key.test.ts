import { describe, expect, it } from "vitest";
import {
  encodeNixBase32,
  fingerprint,
  formatPublicKey,
  formatSecretKey,
  isSignedByNix,
  parseKeyName,
  parsePublicKey,
  parseSecretKey,
  secretKeyFromSeed,
} from "../../src/contract/index.ts";
import { keyFrom, pathFor, utf8 } from "../support/contract-builders.ts";
import { codeOf, refusalOf } from "./refusals.ts";

/** RFC 8032, 7.1, test 2: one byte signed. */
const RFC_SEED = Buffer.from(
  "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
  "hex",
);
const RFC_PUBLIC = Buffer.from(
  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  "hex",
);
const RFC_SIGNATURE =
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
const NAME = parseKeyName("homelab-ci-1");
const SECRET = `homelab-ci-1:${Buffer.concat([RFC_SEED, RFC_PUBLIC]).toString("base64")}`;
const PUBLIC = `homelab-ci-1:${RFC_PUBLIC.toString("base64")}`;

describe("keys in Nix's own form, name:base64", () => {
  it("a secret key signs as RFC 8032 says and its public half verifies", () => {
    const key = parseSecretKey(SECRET);
    const signature = key.sign(Buffer.from("72", "hex"));
    expect(Buffer.from(signature).toString("hex")).toBe(RFC_SIGNATURE);
    expect(parsePublicKey(PUBLIC).verify(Buffer.from("72", "hex"), signature)).toBe(true);
    expect(parsePublicKey(PUBLIC).verify(Buffer.from("73", "hex"), signature)).toBe(false);
  });

  it("what is formatted is what Nix writes: no line break at the end", () => {
    expect(formatSecretKey(NAME, RFC_SEED)).toBe(SECRET);
    expect(formatPublicKey(secretKeyFromSeed(NAME, RFC_SEED).publicKey)).toBe(PUBLIC);
    expect(formatPublicKey(parsePublicKey(PUBLIC))).toBe(PUBLIC);
  });

  it("one line break at the end of a file is forgiven, a second is not", () => {
    expect(parsePublicKey(`${PUBLIC}\n`).material).toBe(RFC_PUBLIC.toString("base64"));
    expect(parseSecretKey(`${SECRET}\r\n`).name).toBe("homelab-ci-1");
    expect(codeOf(() => parsePublicKey(`${PUBLIC}\n\n`))).toBe("invalid-base64");
    expect(codeOf(() => parsePublicKey(` ${PUBLIC}`))).toBe("invalid-name");
  });

  it("a secret key whose halves do not belong together is refused without being shown", () => {
    const foreign = Buffer.from(keyFrom("x").publicKey.material, "base64");
    const text = `ci-1:${Buffer.concat([RFC_SEED, foreign]).toString("base64")}`;
    const refusal = refusalOf(() => parseSecretKey(text));
    expect(refusal).toMatchObject({
      code: "invalid-key",
      message: "the two halves of secret key ci-1 do not belong together",
    });
  });

  it("a public key is no secret key, nor the other way round; the sizes say so", () => {
    expect(refusalOf(() => parseSecretKey(PUBLIC)).message).toBe(
      "secret key homelab-ci-1 has 32 bytes instead of 64",
    );
    expect(refusalOf(() => parsePublicKey(SECRET)).message).toBe(
      "public key homelab-ci-1 has 64 bytes instead of 32",
    );
  });

  it("no refusal repeats the secret", () => {
    const secretHalf = RFC_SEED.toString("base64").slice(0, 20);
    for (const text of [
      SECRET.slice(0, -1),
      SECRET.replace(":", ""),
      `${SECRET}x`,
      SECRET.replace(":", "::"),
    ]) {
      expect(refusalOf(() => parseSecretKey(text)).message).not.toContain(secretHalf);
    }
  });

  it("without a name or a colon there is no key", () => {
    for (const text of ["", ":", `:${PUBLIC}`, "homelab-ci-1", "\n"]) {
      expect([text, codeOf(() => parsePublicKey(text))]).toEqual([text, "invalid-key"]);
    }
    expect(codeOf(() => parsePublicKey("a:"))).toBe("invalid-key");
  });

  it("a key's name is harmless to file systems, shells and headers", () => {
    for (const name of ["a", "cache.example.org-1", "A_b-9", "x".repeat(128)]) {
      expect(parseKeyName(name)).toBe(name);
    }
    for (const name of ["", ".", "-a", "_a", "a b", "a/b", "a:b", "ä", "a\n", "x".repeat(129)]) {
      expect([name, codeOf(() => parseKeyName(name))]).toEqual([name, "invalid-name"]);
    }
  });

  it("a signature of the wrong length verifies nothing and breaks nothing", () => {
    const key = parsePublicKey(PUBLIC);
    for (const length of [0, 1, 63, 65, 1000]) {
      expect(key.verify(utf8("m"), new Uint8Array(length))).toBe(false);
    }
  });
});

describe("Nix's own signatures over a path", () => {
  const info = {
    storePath: pathFor("a"),
    narHashBase32: "1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s",
    narSizeBytes: 120,
    references: [pathFor("b"), pathFor("c")],
  };
  const key = secretKeyFromSeed(NAME, RFC_SEED);
  const signed = `homelab-ci-1:${Buffer.from(key.sign(utf8(fingerprint(info)))).toString("base64")}`;

  it("the fingerprint is 1;path;hash;size;references, sorted and joined by commas", () => {
    const sorted = [pathFor("b"), pathFor("c")].sort((a, b) => (a < b ? -1 : 1));
    const expected = `1;${info.storePath};${info.narHashBase32};120;${sorted.join(",")}`;
    expect(fingerprint(info)).toBe(expected);
    expect(fingerprint({ ...info, references: info.references.toReversed() })).toBe(expected);
    expect(fingerprint({ ...info, references: [] })).toMatch(/;120;$/);
  });

  it("a signature counts only under the name of the key that made it", () => {
    expect(isSignedByNix(info, signed, [key.publicKey])).toBe(true);
    expect(isSignedByNix(info, signed.replace("ci-1", "ci-2"), [key.publicKey])).toBe(false);
    expect(isSignedByNix(info, signed, [keyFrom("homelab-ci-1").publicKey])).toBe(false);
    expect(isSignedByNix(info, signed, [])).toBe(false);
  });

  it("a malformed signature is refused with a code", () => {
    expect(codeOf(() => isSignedByNix(info, "nocolon", [key.publicKey]))).toBe("invalid-key");
    expect(codeOf(() => isSignedByNix(info, ":AAAA", [key.publicKey]))).toBe("invalid-key");
    expect(codeOf(() => isSignedByNix(info, "a:b", [key.publicKey]))).toBe("invalid-base64");
  });

  it("base-32 as Nix writes it: SHA-256 of the empty text, and lengths that are no multiple of 5", () => {
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(encodeNixBase32(Buffer.from(empty, "hex"))).toBe(
      "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
    );
    expect(encodeNixBase32(Buffer.from("ff", "hex"))).toBe("7z");
    expect(encodeNixBase32(new Uint8Array())).toBe("");
  });
});
