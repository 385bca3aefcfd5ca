import fc from "fast-check";
import { expect, test } from "vitest";
import { readable } from "../../src/people/index.ts";
import { shorten, shortenBytes } from "../../src/people/readable.ts";

const HASH = "0123456789abcdfghijklmnpqrsvwxyz";
const PATH = `/nix/store/${HASH}-nixos-system-rp4-26.05`;

test.each([
  [
    `switching to ${PATH}/bin/switch-to-configuration failed`,
    "switching to nixos-system-rp4-26.05 failed",
  ],
  [`${PATH}: no such file`, "nixos-system-rp4-26.05: no such file"],
  ["session 11111111-1111-4111-8111-111111111111 ended", "session … ended"],
  [`digest ${"ab".repeat(32)}`, "digest …"],
  [`narHash sha256-${"A".repeat(43)}=`, "narHash …"],
  [`path ${HASH} is missing`, "path … is missing"],
  ["rollout main-1784030400000 is over", "rollout … is over"],
  ["at 1784030400000 exactly", "at … exactly"],
  [`/nix/store/${HASH}-a/nix/store/${HASH}-b`, "a"],
  ["two\nlines\tand\u0000more\u202e", "two lines and more"],
  ["half \ud83d a character", "half a character"],
  ["Unit mosquitto.service failed (exit 1)", "Unit mosquitto.service failed (exit 1)"],
])("%j reads as %j", (text, shown) => {
  expect(readable(text, 200)).toBe(shown);
});

test("what is left around an id is looked at again", () => {
  const nested = `/nix/store//nix/store/${HASH}-0123456789-abc-${"cd".repeat(16)}`;
  expect(readable(nested, 200)).toBe("/nix/store/0123456789-abc-…");
  const inner = `/nix/store//nix/store/${HASH}-${"o".repeat(32)}-x`;
  expect(readable(inner, 200)).toBe("x");
  const twice = `main-1784030400000${"ab".repeat(16)}`;
  expect(readable(twice, 200)).toBe("main-…");
});

test("texts are cut between characters, by characters or by bytes", () => {
  expect(shorten("abc", 3)).toBe("abc");
  expect(shorten("👍👍👍", 2)).toBe("👍…");
  expect(shortenBytes("äöü", 6)).toBe("äöü");
  expect(shortenBytes("👍👍👍", 9)).toBe("👍…");
});

test("whatever a machine says becomes one bounded line without ids", () => {
  const id = fc.constantFrom(PATH, HASH, "main-1784030400000", "ab".repeat(20), "/nix/store/");
  const text = fc.array(fc.oneof(id, fc.string({ unit: "binary" })), { maxLength: 8 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 300 }), (parts, max) => {
      const shown = readable(parts.join(""), max);
      expect([...shown].length).toBeLessThanOrEqual(max);
      expect(shown.isWellFormed()).toBe(true);
      expect(shown).not.toMatch(
        /\/nix\/store\/[0-9a-z]{32}-|[0-9a-f]{32}|[\p{Cc}\p{Bidi_Control}]/u,
      );
    }),
  );
});
