import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStorePath, storePathHash, storePathName } from "../../src/contract/index.ts";
import { refusalOf } from "./refusals.ts";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const path = (name: string, hash = HASH) => `/nix/store/${hash}-${name}`;

describe("store paths: Nix's own grammar, a built output and nothing below or beside it", () => {
  it("reads what Nix makes", () => {
    for (const name of [
      "nixos-system-rp4-26.05.20260714.abcdef0",
      "a",
      "A+B-c._d?e=f",
      "...",
      ".hidden",
      "..hidden",
      "-dash",
      "x".repeat(211),
      "drv",
      "x.drv-config",
      "x.drvs",
    ]) {
      expect(parseStorePath(path(name))).toBe(path(name));
    }
  });

  it("takes hash and name apart", () => {
    const parsed = parseStorePath(path("nixos-system-rp4-26.05"));
    expect(storePathHash(parsed)).toBe(HASH);
    expect(storePathName(parsed)).toBe("nixos-system-rp4-26.05");
  });

  const hostile: readonly string[] = [
    "",
    "/",
    "/nix/store",
    "/nix/store/",
    `/nix/store/${HASH}`,
    path(""),
    path("."),
    path(".."),
    path(".-x"),
    path("..-x"),
    path("x".repeat(212)),
    path("x/bin/sh"),
    path("x/"),
    path("x/.."),
    path("../../etc/passwd"),
    path("x y"),
    path("x\n"),
    path("x\r"),
    path("x\t"),
    path("x\u0000"),
    path("x;reboot"),
    path("$(reboot)"),
    path("`reboot`"),
    path("x|y"),
    path("x&y"),
    path("x>y"),
    path("x*"),
    path("x~"),
    path("x@y"),
    path("x:y"),
    path("x,y"),
    path("x%00"),
    path('x"'),
    path("x'"),
    path("x\\"),
    path("ä"),
    path("x\u202e"),
    path("ｘ"),
    path("x.drv"),
    path("x.drv.drv"),
    path(".drv"),
    path("x", HASH.slice(1)),
    path("x", `${HASH}0`),
    path("x", HASH.replace("a", "e")),
    path("x", HASH.replace("a", "o")),
    path("x", HASH.replace("a", "t")),
    path("x", HASH.replace("a", "u")),
    path("x", HASH.replace("a", "A")),
    ` ${path("x")}`,
    `${path("x")} `,
    `\n${path("x")}`,
    `file://${path("x")}`,
    `/nix//store/${HASH}-x`,
    `/nix/store//${HASH}-x`,
    `/nix/store/./${HASH}-x`,
    `/NIX/STORE/${HASH}-x`,
    `nix/store/${HASH}-x`,
    `/gnu/store/${HASH}-x`,
    `/mnt${path("x")}`,
    `${HASH}-x`,
    "--option",
    "nixpkgs#hello",
    `${path("x")}${path("y")}`,
    `${path("x")}!out`,
    `${path("x")}^out`,
    "x".repeat(1_000_000),
  ];
  for (const text of hostile) {
    it(`refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
      const refusal = refusalOf(() => parseStorePath(text));
      expect(refusal.code).toBe("invalid-store-path");
      expect(refusal.message).toContain(JSON.stringify(text.slice(0, 300)));
      expect(refusal.message.length).toBeLessThan(700);
    });
  }

  it("one character changed to any other outside the grammar is refused", () => {
    const grammar = /^[0-9A-Za-z+\-._?=]$/;
    const good = path("nixos-system-rp4-26.05");
    fc.assert(
      fc.property(
        fc.nat(good.length - 1),
        fc.string({ minLength: 1, maxLength: 1 }),
        (at, unit) => {
          fc.pre(!grammar.test(unit) && good[at] !== unit);
          const text = good.slice(0, at) + unit + good.slice(at + 1);
          expect(refusalOf(() => parseStorePath(text)).code).toBe("invalid-store-path");
        },
      ),
    );
  });
});
