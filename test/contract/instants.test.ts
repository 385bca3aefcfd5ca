import { describe, expect, it } from "vitest";
import { instant, parseDuration, parseSerial } from "../../src/contract/index.ts";
import { codeOf, refusalOf } from "./refusals.ts";

describe("durations as people write them", () => {
  it("one or more of d, h, m, s and ms, added up to milliseconds", () => {
    const known = {
      "90d": 90 * 86_400_000,
      "12h": 43_200_000,
      "30m": 1_800_000,
      "45s": 45_000,
      "500ms": 500,
      "1h30m": 5_400_000,
      "1d2h3m4s5ms": 93_784_005,
      "5m5ms": 300_005,
      "0s": 0,
      "3660d": 3660 * 86_400_000,
    };
    for (const [text, ms] of Object.entries(known)) {
      expect([text, parseDuration(text)]).toEqual([text, ms]);
    }
  });

  it("a bare number, another unit, a sign, a fraction or a space is refused, never guessed", () => {
    for (const text of [
      "",
      "90",
      "d",
      "-1d",
      "+1d",
      "1.5h",
      "1 d",
      " 1d",
      "1d ",
      "1D",
      "1w",
      "1y",
      "1d\n",
      "1e3s",
      "0x1s",
      "1h,30m",
      "١d",
      "1234567890s",
    ]) {
      expect([text, codeOf(() => parseDuration(text))]).toEqual([text, "invalid-instant"]);
    }
  });

  it("more than ten years is a mistake, also when it adds up or overflows", () => {
    expect(parseDuration("3659d24h")).toBe(3660 * 86_400_000);
    for (const text of ["3661d", "3660d1ms", "999999999d", "999999999d".repeat(50)]) {
      expect(refusalOf(() => parseDuration(text))).toMatchObject({
        code: "invalid-instant",
        message: expect.stringContaining("is longer than ten years"),
      });
    }
  });
});

describe("serials", () => {
  it("are whole numbers from 1 to 2^53 - 1", () => {
    for (const text of ["1", "1784030400000", "9007199254740991"]) {
      expect(parseSerial(text)).toBe(Number(text));
    }
  });

  it("anything else is refused", () => {
    for (const text of [
      "",
      "0",
      "01",
      "-1",
      "+1",
      "1.0",
      "1e3",
      " 1",
      "1\n",
      "9007199254740992",
      "99999999999999999",
      "0x10",
      "NaN",
    ]) {
      expect([text, codeOf(() => parseSerial(text))]).toEqual([text, "invalid-instant"]);
    }
  });
});

describe("a shell's clock", () => {
  it("enters as whole milliseconds since 1970", () => {
    for (const clock of [0, 1_784_030_400_000, Number.MAX_SAFE_INTEGER]) {
      expect(instant(clock)).toBe(clock);
    }
    for (const clock of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(refusalOf(() => instant(clock))).toMatchObject({
        code: "invalid-instant",
        message: `${clock} is not an instant`,
      });
    }
  });
});
